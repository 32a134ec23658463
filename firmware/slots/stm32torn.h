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

/* Is it no fault? */
__attribute__((used)) static int is_torn_slot(void)
{
    int is_torn = was_torn(&FLASH_ECCR);
#ifdef FLASH_ECCR_2
    is_torn |= was_torn(&FLASH_ECCR_2);
#endif
    return is_torn && is_reading;
}

/* fault_handler looks for what the exception stacked where the stack ends, so nothing may be left on it. Armv6-M jumps no
   further than 2 KB. */
#ifdef __arm__
__attribute__((naked)) void nmi_handler(void)
{
    __asm volatile("push {r0, lr}\n"
                   "bl is_torn_slot\n"
                   "pop {r1, r2}\n"
                   "mov lr, r2\n"
                   "cmp r0, #0\n"
                   "beq 1f\n"
                   "bx lr\n"
                   "1: ldr r0, =fault_handler\n"
                   "bx r0\n"
                   ".ltorg\n");
}
#else
void nmi_handler(void)
{
    if (!is_torn_slot()) {
        fault_handler();
    }
}
#endif

#endif
