/* An RP2040 as a board: vectors, counter. The second core stays where the boot ROM has it wait. */
#include "board.h"

#include "rp2040.h"
#include "wiring.h"

#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)

enum { PLATFORM_CHIP = 1 << 1, SYSTICK_ENABLE = 1 << 0, SYSTICK_OF_CORE = 1 << 2, SYSTICK_TOP = 0xFFFFFF };

static board_info_t info = {.id = BOARD_ID, .id_bytes = sizeof BOARD_ID - 1};
static uint32_t ticks_of_timer; /* of the core's clock in each of the timer's */

__attribute__((section(".vectors"), used)) const vector_t vectors[16 + UART0_INTERRUPT + 1] = {
    {.initial_stack = stack_top},
    {.handler = reset_handler},
    {.handler = fault_handler}, /* NMI */
    {.handler = fault_handler}, /* hard fault */
    [4 ... 15] = {.handler = fault_handler},
    [16 + TIMER0_INTERRUPT] = {.handler = timer_handler},
    [17 + TIMER0_INTERRUPT... 15 + UART0_INTERRUPT] = {.handler = fault_handler},
    [16 + UART0_INTERRUPT] = {.handler = uart_handler},
};

void board_init(void)
{
    info.reset_reason = reset_reason();
    info.has_watchdog = 1;
    info.core_hz = clock_init();
    info.counter_hz = info.core_hz;
    /* On the emulator, which says that it is no chip, each instruction takes a cycle. */
    info.counter_kind = SYSINFO_PLATFORM & PLATFORM_CHIP ? COUNTER_CYCLES : COUNTER_INSTRUCTIONS;
    info.image_address = (uint32_t)image_start;
    info.image_bytes = (uint32_t)image_end - (uint32_t)image_start;
    info.static_ram_bytes = 4 * (uint32_t)((data_end - data_start) + (bss_end - bss_start));
    info.stack_bytes = 4 * (uint32_t)(stack_top - stack_bottom);
    /* Where ticks are exact nothing comes in during a run: its interrupts would be counted. */
    info.ahead_bytes = info.counter_kind == COUNTER_CYCLES ? UART_AHEAD_BYTES : 0;
    restart(RESET_TIMER);
    ticks_of_timer = info.core_hz == SYSCLK_HZ ? SYSCLK_HZ / 1000000 : 12; /* without the PLL, both of one oscillator */
    SYST_RVR = SYSTICK_TOP;
    SYST_CVR = 0;
    SYST_CSR = SYSTICK_ENABLE | SYSTICK_OF_CORE;
    uart_init(info.core_hz);
}

const board_info_t *board_info(void)
{
    return &info;
}

/*
 * SysTick counts the core's cycles, in 24 bits; the timer, of the same oscillator, tells how often it has gone round in
 * between: their difference is far below half a round, whatever interrupts come between the readings. No branch: a
 * reading always takes the same instructions, which are taken off a measurement.
 */
uint32_t board_ticks(void)
{
    static uint32_t ticks, latest_time, latest_cycle;
    const uint32_t time = TIMER_NOW;
    const uint32_t cycle = SYST_CVR; /* counts down */
    const uint32_t roughly = (time - latest_time) * ticks_of_timer;
    const uint32_t difference = latest_cycle - cycle - roughly;
    ticks += roughly + (uint32_t)((int32_t)(difference << 8) >> 8);
    latest_time = time;
    latest_cycle = cycle;
    return ticks;
}

void board_reset(void)
{
    system_reset();
}
