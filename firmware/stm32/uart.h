/* The link's USART or LPUART, for uart.c. The same bits in all versions of the peripheral; usart_v1.h and usart_v2.h have the
   rest. */
#ifndef PINFER_UART_H
#define PINFER_UART_H

#include "stm32.h"
#include "wiring.h"

enum {
    UART_INTERRUPT = LINK_INTERRUPT,
    STATUS_FRAMING = 1 << 1,
    STATUS_OVERRUN = 1 << 3,
    STATUS_RECEIVED = 1 << 5,
    STATUS_ALL_SENT = 1 << 6,
    STATUS_ROOM = 1 << 7,
    CONTROL_RECEIVER = 1 << 2,
    CONTROL_TRANSMITTER = 1 << 3,
    CONTROL_INTERRUPT_RECEIVED = 1 << 5,
};

/* What uart_take gives: the byte, and the status it came with. */
enum { TAKEN_FRAMING = STATUS_FRAMING << 8, TAKEN_OVERRUN = STATUS_OVERRUN << 8 };
#define TAKEN_HAS_BYTE(taken) ((taken) & STATUS_RECEIVED << 8)

static inline uint32_t uart_divider(uint32_t uart_hz, uint32_t baud)
{
#ifdef LINK_IS_LPUART /* 256 times finer; RM0432 §47.4.7 */
    return uart_hz / baud * 256 + uart_hz % baud * 256 / baud;
#else
    return (uart_hz + baud / 2) / baud;
#endif
}

/* A divider of 25 or more is off by 2 % at most; both sides together may be off by some 4 %. */
static inline int uart_can_divide(uint32_t divider)
{
#ifdef LINK_IS_LPUART /* RM0432 §47.4.7: the clock is at most 4096 times the rate */
    return divider < 1u << 20;
#else
    return divider >= 25;
#endif
}

/* The ROM loader may have used it, with parity, and most settings are taken only while it is off. */
static inline void uart_restart(void)
{
    LINK_CLOCK_ENABLE |= LINK_CLOCK_BIT;
    (void)LINK_CLOCK_ENABLE; /* the clock needs two cycles to arrive; errata ES0182 §2.1.13 */
    UART_CONTROL = 0;
    UART_CONTROL2 = 0;
    UART_CONTROL3 = 0;
    gpio_connect_link();
}

static inline void uart_start(uint32_t divider)
{
    UART_CONTROL = 0;
    UART_DIVIDER = divider;
    UART_CONTROL = UART_ENABLE | CONTROL_TRANSMITTER | CONTROL_RECEIVER | CONTROL_INTERRUPT_RECEIVED;
}

static inline int uart_is_on(void)
{
    return (UART_CONTROL & UART_ENABLE) != 0;
}

/* Starts the core's clock; that of the UART. */
static inline uint32_t uart_clock(void)
{
    uint32_t link_hz;
    clock_init(&link_hz);
    return link_hz;
}

/* An overrun may come between the reading of status and byte, and then stands alone. */
static inline int uart_has_received(void)
{
    return (UART_STATUS & (STATUS_RECEIVED | STATUS_OVERRUN)) != 0;
}

static inline uint32_t uart_take(void)
{
    const uint32_t status = UART_STATUS;
    const uint32_t byte = UART_RECEIVED & 0xFF;
    UART_CLEAR(status & (STATUS_FRAMING | STATUS_OVERRUN));
    return status << 8 | byte;
}

static inline int uart_has_room(void)
{
    return (UART_STATUS & STATUS_ROOM) != 0;
}

static inline int uart_has_sent(void)
{
    return (UART_STATUS & STATUS_ALL_SENT) != 0;
}

static inline void uart_put(uint8_t byte)
{
    UART_TO_SEND = byte;
}

#endif
