/* How an emulated Cortex-M sleeps. The family's header has uart_has_byte and UART_INTERRUPT. */
#ifndef PINFER_EMULATEDM_H
#define PINFER_EMULATEDM_H

#include "cortexm.h"

static inline int uart_has_byte(void);

static inline void mask_interrupts(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

/* With exceptions masked the UART's interrupt ends the sleep and calls no handler, so there is none. */
static inline void sleep_until_byte(void)
{
    mask_interrupts();
    NVIC_ICPR(UART_INTERRUPT) = 1u << UART_INTERRUPT % 32;
    NVIC_ISER(UART_INTERRUPT) = 1u << UART_INTERRUPT % 32;
    if (!uart_has_byte()) {
        __asm volatile("wfi");
    }
    NVIC_ICER(UART_INTERRUPT) = 1u << UART_INTERRUPT % 32;
    __asm volatile("cpsie i\nisb" ::: "memory");
}

#endif
