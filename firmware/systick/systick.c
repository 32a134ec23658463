/* The clock of milliseconds: SysTick, which every Cortex-M of these boards has. Source: Armv7-M manual B3.3. */
#include "board.h"
#include "cortexm.h"

#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)

enum { ENABLE = 1 << 0, TICKINT = 1 << 1, CLKSOURCE = 1 << 2, COUNTFLAG = 1 << 16 };

static volatile uint32_t milliseconds;

#if defined(HAS_WINDOWS) && HAS_WINDOWS
/* Reading pins may take longer than a byte on the link. */
static void let_link_interrupt(void)
{
    SCB_SHPR3 |= 0xFF000000; /* SysTick has the lowest priority */
}

/* If the clock came round while pins were read, as an ADC that never ends may have it, the program has its turn for a
   millisecond before they are read again. */
static void tick(void)
{
    static uint8_t ticks_to_wait;
    (void)SYST_CSR; /* clears COUNTFLAG */
    if (ticks_to_wait > 0) {
        ticks_to_wait--;
        sampling_tick(1);
        return;
    }
    sampling_tick(0);
    ticks_to_wait = SYST_CSR & COUNTFLAG ? 2 : 0;
}
#else
static inline void let_link_interrupt(void) {}
static inline void tick(void) {}
#endif

void systick_handler(void)
{
    milliseconds++;
    tick();
}

void board_start_clock(void)
{
    let_link_interrupt();
    SYST_RVR = board_info()->core_hz / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = ENABLE | TICKINT | CLKSOURCE;
}

uint32_t board_milliseconds(void)
{
    return milliseconds;
}

void board_pause_clock(void)
{
    SYST_CSR &= ~(uint32_t)TICKINT;
    __asm volatile("dsb\nisb" ::: "memory"); /* one that is due comes now */
}

void board_resume_clock(void)
{
    if (SYST_CSR & ENABLE) {
        SYST_CSR |= TICKINT;
    }
}
