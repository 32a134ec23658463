/* UART and timer of Arm's Cortex-M System Design Kit, which the MPS2 and MPS3 images have, as QEMU models them. */
#ifndef PINFER_CMSDK_H
#define PINFER_CMSDK_H

#include "emulatedm.h"

#define UART_DATA REGISTER(UART_BASE)
#define UART_STATE REGISTER(UART_BASE + 0x04)
#define UART_CONTROL REGISTER(UART_BASE + 0x08)
#define UART_INTERRUPT_CLEAR REGISTER(UART_BASE + 0x0C)
#define UART_DIVIDER REGISTER(UART_BASE + 0x10)

enum {
    STATE_FULL_TO_SEND = 1 << 0,
    STATE_RECEIVED = 1 << 1,
    CONTROL_TRANSMITTER = 1 << 0,
    CONTROL_RECEIVER = 1 << 1,
    CONTROL_INTERRUPT_RECEIVED = 1 << 3,
    INTERRUPT_RECEIVED = 1 << 1,
};

static inline void uart_init(void)
{
    UART_DIVIDER = SYSCLK_HZ / 115200;
    UART_CONTROL = CONTROL_TRANSMITTER | CONTROL_RECEIVER | CONTROL_INTERRUPT_RECEIVED;
}

static inline int uart_has_byte(void)
{
    return (UART_STATE & STATE_RECEIVED) != 0;
}

static inline uint8_t uart_take(void)
{
    UART_INTERRUPT_CLEAR = INTERRUPT_RECEIVED;
    return (uint8_t)UART_DATA;
}

static inline void uart_put(uint8_t byte)
{
    while (UART_STATE & STATE_FULL_TO_SEND) {
    }
    UART_DATA = byte;
}

#ifdef TIMER_BASE
/* It counts down, from the reload value again. */
static inline void timer_init(void)
{
    REGISTER(TIMER_BASE + 0x08) = UINT32_MAX; /* RELOAD */
    REGISTER(TIMER_BASE + 0x04) = UINT32_MAX; /* VALUE */
    REGISTER(TIMER_BASE) = 1; /* CTRL: enable */
}

static inline uint32_t timer_read(void)
{
    return UINT32_MAX - REGISTER(TIMER_BASE + 0x04);
}
#else
/* The system counter of the SSE-300: 64 bits that count up, of which the lower ones do. */
static inline void timer_init(void)
{
    REGISTER(COUNTER_BASE + 0x08) = 0; /* CNTCV */
    REGISTER(COUNTER_BASE + 0x0C) = 0;
    REGISTER(COUNTER_BASE) = 1; /* CNTCR: enable */
}

static inline uint32_t timer_read(void)
{
    return REGISTER(COUNTER_BASE + 0x08);
}
#endif

#endif
