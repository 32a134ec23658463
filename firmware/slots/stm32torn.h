/*
 * A unit whose writing was cut has another ECC: to read it is an NMI, FLASH_ECCR tells why, and what was read is any bytes.
 * While slots are looked at that is no fault: their CRCs will say so. Sources: ST RM0351 §3.3.2, RM0444 §3.3.2, RM0456 §7.3.4.
 */
#ifndef PINFER_STM32TORN_H
#define PINFER_STM32TORN_H

#include "cortexm.h"

static volatile uint8_t is_reading;

void flash_read_begin(void)
{
    is_reading = 1;
}

void flash_read_end(void)
{
    FLASH_BARRIER();
    is_reading = 0;
}

static int was_torn(volatile uint32_t *reason)
{
    const uint32_t torn = *reason & ECC_TORN;
    if (torn != 0) {
        *reason = torn; /* ones clear them; no interrupt is asked for what was mended */
    }
    return torn != 0;
}

void nmi_handler(void)
{
    int is_torn = was_torn(&FLASH_ECCR);
#ifdef FLASH_ECCR_2
    is_torn |= was_torn(&FLASH_ECCR_2);
#endif
    if (!is_torn || !is_reading) {
        fault_handler();
    }
}

#endif
