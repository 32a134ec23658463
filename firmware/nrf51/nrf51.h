/* UART and timer of Nordic's nRF51 (its Series Reference Manual, TIMER and UART), as QEMU models them. */
#ifndef PINFER_NRF51_H
#define PINFER_NRF51_H

#define UART_BASE 0x40002000u
#define TIMER_BASE 0x40008000u
enum { UART_INTERRUPT = 2 };

#include "emulatedm.h"

static inline void uart_init(void)
{
    REGISTER(UART_BASE + 0x500) = 4;         /* ENABLE */
    REGISTER(UART_BASE + 0x524) = 0x01D7E000; /* BAUDRATE: 115200 */
    REGISTER(UART_BASE + 0x304) = 1 << 2;    /* INTENSET: RXDRDY */
    REGISTER(UART_BASE + 0x000) = 1;         /* STARTRX */
    REGISTER(UART_BASE + 0x008) = 1;         /* STARTTX */
}

/* EVENTS_RXDRDY */
static inline int uart_has_byte(void)
{
    return REGISTER(UART_BASE + 0x108) != 0;
}

/* Taking one byte out of its six lets the next say that it is there. */
static inline uint8_t uart_take(void)
{
    REGISTER(UART_BASE + 0x108) = 0;
    return (uint8_t)REGISTER(UART_BASE + 0x518); /* RXD */
}

/* TXD; EVENTS_TXDRDY when it has left */
static inline void uart_put(uint8_t byte)
{
    REGISTER(UART_BASE + 0x11C) = 0;
    REGISTER(UART_BASE + 0x51C) = byte;
    while (!REGISTER(UART_BASE + 0x11C)) {
    }
}

static inline void timer_init(void)
{
    REGISTER(TIMER_BASE + 0x508) = 3; /* BITMODE: 32 */
    REGISTER(TIMER_BASE + 0x510) = 0; /* PRESCALER: 16 MHz */
    REGISTER(TIMER_BASE + 0x00C) = 1; /* CLEAR */
    REGISTER(TIMER_BASE + 0x000) = 1; /* START */
}

static inline uint32_t timer_read(void)
{
    REGISTER(TIMER_BASE + 0x040) = 1; /* CAPTURE[0] */
    return REGISTER(TIMER_BASE + 0x540);
}

#endif
