/* An STM32 as a board: vectors, counter, memory map. */
#include "board.h"

#include "stm32.h"
#include "wiring.h"

/* TIM2 of QEMU counts nanoseconds of virtual time; with -icount shift=0 one passes with each instruction. */
enum { EMULATOR_TICKS_HZ = 1000000000 };

static board_info_t info = {.id = BOARD_ID, .id_bytes = sizeof BOARD_ID - 1};
static volatile const uint32_t *counter;

/* It ends with the last interrupt that is ever enabled. */
__attribute__((section(".vectors"), used)) const vector_t vectors[16 + LINK_INTERRUPT + 1] = {
    {.initial_stack = stack_top},
    {.handler = reset_handler},
    {.handler = nmi_handler},
    {.handler = fault_handler}, /* hard fault */
    {.handler = fault_handler}, /* memory management */
    {.handler = fault_handler}, /* bus fault */
    {.handler = fault_handler}, /* usage fault */
    [7 ... 14] = {.handler = fault_handler},
    [15] = {.handler = systick_handler},
    [16 ... 15 + LINK_INTERRUPT] = {.handler = fault_handler},
    [16 + LINK_INTERRUPT] = {.handler = uart_handler},
};

static int moves(volatile const uint32_t *count)
{
    const uint32_t before = *count;
    __asm volatile("nop\nnop\nnop\nnop");
    return *count != before;
}

static void count_with(volatile const uint32_t *count, uint8_t kind, uint32_t hz)
{
    counter = count;
    info.counter_kind = kind;
    info.counter_hz = hz;
}

/* DWT's cycle counter if it moves; QEMU has none, and there TIM2 counts instructions, if it has that. Armv6-M has no
   DWT counter; there TIM2, of 32 bits and at the core's clock, counts cycles. */
static void start_counter(void)
{
    volatile const uint32_t *timer = (volatile const uint32_t *)(TIM2_BASE + 0x24);
#if __ARM_ARCH >= 7
    volatile const uint32_t *cycles = (volatile const uint32_t *)DWT_CYCCNT_ADDRESS;
    DEMCR |= 1u << 24; /* TRCENA */
    DWT_LAR = 0xC5ACCE55; /* the M7's lock; others have none */
    DWT_CTRL |= 1;        /* CYCCNTENA */
    if (moves(cycles)) {
        count_with(cycles, COUNTER_CYCLES, info.core_hz);
        return;
    }
#endif
    TIM2_CLOCK_ENABLE |= 1;
    REGISTER(TIM2_BASE + 0x14) = 1; /* EGR: update */
    REGISTER(TIM2_BASE) = 1;        /* CR1: enable */
    if (!moves(timer)) {
        return;
    }
    if (__ARM_ARCH >= 7) {
        count_with(timer, COUNTER_INSTRUCTIONS, EMULATOR_TICKS_HZ);
    } else {
        count_with(timer, COUNTER_CYCLES, info.core_hz);
    }
}

void board_init(void)
{
    uint32_t link_hz;
    info.reset_reason = take_reset_reason();
    info.has_watchdog = 1;
    info.core_hz = clock_init(&link_hz);
    info.image_address = (uint32_t)image_start;
    info.image_bytes = (uint32_t)image_end - (uint32_t)image_start;
    info.static_ram_bytes = 4 * (uint32_t)((data_end - data_start) + (bss_end - bss_start));
    info.stack_bytes = 4 * (uint32_t)(stack_top - stack_bottom);
    start_counter();
    /* Where ticks are exact nothing comes in during a run: its interrupts would be counted. */
    info.ahead_bytes = info.counter_kind == COUNTER_CYCLES ? UART_AHEAD_BYTES : 0;
    uart_init(link_hz);
}

const board_info_t *board_info(void)
{
    return &info;
}

uint32_t board_ticks(void)
{
    return counter == 0 ? 0 : *counter;
}

void board_reset(void)
{
    system_reset();
}
