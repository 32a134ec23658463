/* From reset to main, and what ends in a fault. */
#include "board.h"
#include "link.h"
#include "messages.h"
#include "riscv.h"

#include <stddef.h>

/* Else the loops below become calls of memset and memcpy, before there are variables. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

enum { MESSAGE_FAULT = 0xF0, FIRST_CAUSE = 256 };
/* Of QEMU's test device: ends the machine as a reset. */
#define TEST_DEVICE 0x00100000u
enum { TEST_RESET = 0x7777 };

int main(void);

__attribute__((naked, used, section(".vectors"))) void reset_handler(void)
{
    __asm volatile("la sp, stack_top\n"
                   "la t0, fault_handler\n"
                   "csrw mtvec, t0\n"
                   "j start\n");
}

static void fill(uint32_t *from, const uint32_t *to, uint32_t value)
{
    while (from < to) {
        *from++ = value;
    }
}

__attribute__((used)) _Noreturn static void start(void)
{
    uint32_t *frame;
    __asm volatile("mv %0, sp" : "=r"(frame));
    fill(stack_bottom, frame - 8, PAINT); /* 8 words: what fill itself may push */
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    fill(bss_start, bss_end, 0);
    fill(arena_start, arena_end, 0);
    main();
    system_reset();
}

/* The stack pointer comes first back to the top: after an overflow there is no stack to work on. */
__attribute__((naked, used, aligned(4))) void fault_handler(void)
{
    __asm volatile("mv a0, ra\n"
                   "la sp, stack_top\n"
                   "j fault_report\n");
}

/* As on a Cortex-M (firmware/cortexm/fault.c), with FIRST_CAUSE + mcause as the exception and no more reasons. */
__attribute__((used)) _Noreturn static void fault_report(uint32_t return_address)
{
    uint32_t cause, pc;
    __asm volatile("csrr %0, mcause" : "=r"(cause));
    __asm volatile("csrr %0, mepc" : "=r"(pc));
    board_enter_fault();
    link_send_begin(MESSAGE_FAULT, 0, request_in_progress, 32);
    link_send_u32(FIRST_CAUSE + cause);
    link_send_u32(pc);
    link_send_u32(return_address);
    for (int32_t i = 0; i < 5; i++) {
        link_send_u32(0);
    }
    link_send_end();
    system_reset();
}

/* What the compiler makes of loops and assignments; there is no C library. */
void *memcpy(void *to, const void *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = (uint8_t)value;
    }
    return to;
}

void system_reset(void)
{
    for (;;) {
        REGISTER(TEST_DEVICE) = TEST_RESET;
    }
}

/* Only pins need the time, and no board of this family has any. */
void board_start_clock(void) {}

uint32_t board_milliseconds(void)
{
    return 0;
}

void board_pause_clock(void) {}
void board_resume_clock(void) {}
