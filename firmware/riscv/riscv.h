/* A RISC-V core in machine mode (the privileged specification), with the UART of QEMU's virt machine, a 16550. */
#ifndef PINFER_RISCV_H
#define PINFER_RISCV_H

#include "image.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define BYTE_REGISTER(address) (*(volatile uint8_t *)(address))

_Noreturn void system_reset(void);

#define UART_BASE 0x10000000u
#define PLIC_BASE 0x0C000000u
#define PLIC_THRESHOLD (PLIC_BASE + 0x200000)
#define PLIC_CLAIM (PLIC_BASE + 0x200004)
enum { UART_INTERRUPT = 10 };
enum {
    UART_DATA = 0,
    UART_INTERRUPT_ENABLE = 1,
    UART_FIFO = 2,
    UART_LINE = 5,
    LINE_RECEIVED = 1 << 0,
    LINE_ROOM = 1 << 5,
};

static inline void uart_init(void)
{
    BYTE_REGISTER(UART_BASE + UART_FIFO) = 1;
    BYTE_REGISTER(UART_BASE + UART_INTERRUPT_ENABLE) = 1; /* received */
    REGISTER(PLIC_BASE + 4 * UART_INTERRUPT) = 1; /* priority */
    REGISTER(PLIC_BASE + 0x2000) = 1u << UART_INTERRUPT; /* enabled in machine mode */
    REGISTER(PLIC_THRESHOLD) = 0; /* from this priority on */
    __asm volatile("csrs mie, %0" ::"r"(1u << 11) : "memory"); /* external interrupts end a sleep */
}

static inline int uart_has_byte(void)
{
    return (BYTE_REGISTER(UART_BASE + UART_LINE) & LINE_RECEIVED) != 0;
}

static inline uint8_t uart_take(void)
{
    return BYTE_REGISTER(UART_BASE + UART_DATA);
}

static inline void uart_put(uint8_t byte)
{
    while (!(BYTE_REGISTER(UART_BASE + UART_LINE) & LINE_ROOM)) {
    }
    BYTE_REGISTER(UART_BASE + UART_DATA) = byte;
}

/* The core counts its instructions by itself. */
static inline void timer_init(void) {}

static inline uint32_t timer_read(void)
{
    uint32_t instructions;
    __asm volatile("csrr %0, minstret" : "=r"(instructions));
    return instructions;
}

static inline void mask_interrupts(void) {}

/* mstatus keeps interrupts off from reset on: the UART's ends the sleep, and nothing takes it. */
static inline void sleep_until_byte(void)
{
    REGISTER(PLIC_CLAIM) = REGISTER(PLIC_CLAIM); /* done with: the next byte's is another */
    if (!uart_has_byte()) {
        __asm volatile("wfi" ::: "memory");
    }
}

#endif
