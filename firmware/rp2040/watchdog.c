/* The watchdog, which is also how the chip resets itself, and why it started. Source: RP2040 datasheet §4.7, §2.12.8 */
#include "board.h"
#include "rp2040.h"

#define WATCHDOG_TRIGGER (1u << 31)

enum {
    PSM_ALL = 0x1FFFF,
    PSM_OSCILLATORS = 3,
    CONTROL_ENABLE = 1 << 30,
    CONTROL_PAUSE = 7 << 24, /* while a debugger has halted a core */
    /* It goes down by two in a microsecond, errata RP2040-E1: 8.4 s. */
    TICKS = 0xFFFFFF,
    REASON_TIMER = 1 << 0,
    REASON_FORCE = 1 << 1,
    HAD_POWER = 1 << 8, /* or a brown-out */
    HAD_PIN = 1 << 16,
    HAD_DEBUGGER = 1 << 20,
};

/* It resets all but the oscillators. */
static void reset_all(void)
{
    PSM_WATCHDOG_RESETS = PSM_ALL & ~(uint32_t)PSM_OSCILLATORS;
}

void board_start_watchdog(void)
{
    reset_all();
    WATCHDOG_LOAD = TICKS;
    WATCHDOG_CONTROL = CONTROL_ENABLE | CONTROL_PAUSE;
}

void board_feed_watchdog(void)
{
    WATCHDOG_LOAD = TICKS;
}

/* The core's own reset would leave pins and peripherals as they are. §2.4.2.9 */
_Noreturn void system_reset(void)
{
    __asm volatile("dsb" ::: "memory");
    reset_all();
    WATCHDOG_CONTROL = WATCHDOG_TRIGGER;
    for (;;) {
    }
}

/* The chip's reasons outlive the watchdog's resets. */
uint8_t reset_reason(void)
{
    const uint32_t reason = WATCHDOG_REASON;
    if (reason & REASON_TIMER) {
        return RESET_WATCHDOG;
    }
    if (reason & REASON_FORCE) {
        return RESET_SOFTWARE;
    }
    if (CHIP_RESET & HAD_PIN) {
        return RESET_PIN;
    }
    if (CHIP_RESET & HAD_POWER) {
        return RESET_POWER;
    }
    return CHIP_RESET & HAD_DEBUGGER ? RESET_OTHER : RESET_UNKNOWN;
}
