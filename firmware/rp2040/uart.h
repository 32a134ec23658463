/* The link's UART, a PL011, for uart.c: with its own rings of 32 bytes each way. Source: RP2040 datasheet §4.2; Arm DDI
   0183 */
#ifndef PINFER_UART_H
#define PINFER_UART_H

#include "rp2040.h"
#include "wiring.h"

#define UART_DATA REGISTER(LINK_UART_BASE + 0x00)
#define UART_FLAGS REGISTER(LINK_UART_BASE + 0x18)
#define UART_DIVIDER REGISTER(LINK_UART_BASE + 0x24)
#define UART_DIVIDER_64THS REGISTER(LINK_UART_BASE + 0x28)
#define UART_LINE REGISTER(LINK_UART_BASE + 0x2C)
#define UART_CONTROL REGISTER(LINK_UART_BASE + 0x30)
#define UART_LEVELS REGISTER(LINK_UART_BASE + 0x34)
#define UART_INTERRUPTS REGISTER(LINK_UART_BASE + 0x38)

enum {
    UART_INTERRUPT = UART0_INTERRUPT,
    FLAG_SENDING = 1 << 3,
    FLAG_NOTHING_RECEIVED = 1 << 4,
    FLAG_FULL_TO_SEND = 1 << 5,
    LINE_FIFO = 1 << 4,
    LINE_8_BITS = 3 << 5,
    CONTROL_ENABLE = 1 << 0,
    CONTROL_TRANSMITTER = 1 << 8,
    CONTROL_RECEIVER = 1 << 9,
    INTERRUPT_RECEIVED = 1 << 4,
    INTERRUPT_SILENCE = 1 << 6, /* bytes are there, too few for the other, and no more came for the time of 4 */
};

/* What uart_take gives: the byte, and what came with it. */
enum { TAKEN_FRAMING = 1 << 8, TAKEN_OVERRUN = 1 << 11 };
#define TAKEN_HAS_BYTE(taken) 1

/* In 64ths of 16 samples a bit. */
static inline uint32_t uart_divider(uint32_t uart_hz, uint32_t baud)
{
    return (8 * uart_hz / baud + 1) / 2;
}

/* From 64 on the divider is right to 1 %. */
static inline int uart_can_divide(uint32_t divider)
{
    return divider >= 64;
}

static inline void uart_restart(void)
{
    gpio_connect_link();
    restart(RESET_UART0);
    UART_LEVELS = 0; /* an interrupt when 4 bytes have come */
    UART_INTERRUPTS = INTERRUPT_RECEIVED | INTERRUPT_SILENCE;
}

static inline void uart_start(uint32_t divider)
{
    UART_CONTROL = 0;
    UART_DIVIDER = divider / 64;
    UART_DIVIDER_64THS = divider % 64;
    UART_LINE = LINE_8_BITS | LINE_FIFO; /* takes the divider over */
    UART_CONTROL = CONTROL_ENABLE | CONTROL_TRANSMITTER | CONTROL_RECEIVER;
}

static inline int uart_is_on(void)
{
    return (RESETS_DONE & RESET_UART0) && (UART_CONTROL & CONTROL_ENABLE);
}

/* Starts the core's clock, which is that of the UART. */
static inline uint32_t uart_clock(void)
{
    return clock_init();
}

static inline int uart_has_received(void)
{
    return !(UART_FLAGS & FLAG_NOTHING_RECEIVED);
}

static inline uint32_t uart_take(void)
{
    return UART_DATA;
}

static inline int uart_has_room(void)
{
    return !(UART_FLAGS & FLAG_FULL_TO_SEND);
}

static inline int uart_has_sent(void)
{
    return !(UART_FLAGS & FLAG_SENDING);
}

static inline void uart_put(uint8_t byte)
{
    UART_DATA = byte;
}

#endif
