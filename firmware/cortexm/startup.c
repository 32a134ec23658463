/* From reset to main. */
#include "board.h"
#include "cortexm.h"

/* Else the loops below become calls of memset and memcpy: 500 bytes of flash, and run before there are variables. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

int main(void);

static void fill(uint32_t *from, const uint32_t *to, uint32_t value)
{
    while (from < to) {
        *from++ = value;
    }
}

void reset_handler(void)
{
    uint32_t *frame;
    __asm volatile("mov %0, sp" : "=r"(frame));
    silence_core();
    SCB_VTOR = (uint32_t)vectors;
#if __ARM_ARCH >= 7
    SCB_SHCSR |= 7u << 16;  /* usage, bus and memory faults get their own exceptions */
    SCB_CPACR |= 15u << 20; /* a floating-point unit, where there is one: pinfer uses none, code beside it may */
    __asm volatile("dsb\nisb" ::: "memory");
#endif
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

/* A chip where that resets no more than the core has its own. */
__attribute__((weak)) void system_reset(void)
{
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = 0x05FA0004; /* key and SYSRESETREQ */
    for (;;) {
    }
}
