/* The independent watchdog, which runs from an oscillator of its own, and why the chip started. Source: RM0090 §21.4. */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

#define IWDG_KEY REGISTER(IWDG_BASE + 0x00)
#define IWDG_PRESCALER REGISTER(IWDG_BASE + 0x04)
#define IWDG_RELOAD REGISTER(IWDG_BASE + 0x08)
#define DHCSR REGISTER(0xE000EDF0)

enum {
    KEY_RELOAD = 0xAAAA,
    KEY_ACCESS = 0x5555,
    KEY_START = 0xCCCC,
    DIVIDE_BY_256 = 6,
    /* 8 s at 32 kHz. The oscillators have 17 to 60 kHz (DS8626, DS5319), so 4 to 15 s. */
    TICKS = 1000,
};

/* A debugger that halts the core halts it too. Emulators know no such register; nobody who debugs there is bitten. */
static void stop_with_core(void)
{
#if __ARM_ARCH >= 7
    if (!(DHCSR & 1)) {
        return;
    }
#endif
    IWDG_FREEZE();
}

/* PR and RLR arrive some ticks later; until then a reload is 32 s. */
void board_start_watchdog(void)
{
    stop_with_core();
    IWDG_KEY = KEY_START;
    IWDG_KEY = KEY_ACCESS;
    IWDG_PRESCALER = DIVIDE_BY_256;
    IWDG_RELOAD = TICKS;
}

void board_feed_watchdog(void)
{
    IWDG_KEY = KEY_RELOAD;
}

/* Several flags stand at once, and the last of these counts: each reset pulls the pin too, and power comes with a
   brown-out. */
uint8_t take_reset_reason(void)
{
    const uint32_t flags = RESET_FLAGS;
    RESET_FLAGS |= RESET_FLAGS_CLEAR;
    uint8_t reason = flags & RESET_BY_PIN ? RESET_PIN : RESET_UNKNOWN;
    reason = flags & RESET_BY_OTHER ? RESET_OTHER : reason;
    reason = flags & RESET_BY_BROWN_OUT ? RESET_BROWN_OUT : reason;
    reason = flags & RESET_BY_POWER ? RESET_POWER : reason;
    reason = flags & RESET_BY_SOFTWARE ? RESET_SOFTWARE : reason;
    return flags & RESET_BY_WATCHDOG ? RESET_WATCHDOG : reason;
}
