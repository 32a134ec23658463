/* The clock of milliseconds: the first alarm of the timer, for SysTick counts cycles. */
#include "board.h"
#include "rp2040.h"

enum { MICROSECONDS = 1000 };

static volatile uint32_t milliseconds;
static uint8_t is_started;

void timer_handler(void)
{
    TIMER_INTR = 1;
    /* From the last one, not from now: else every millisecond would be late. One that lies behind would come in an hour. */
    const uint32_t now = TIMER_NOW;
    const uint32_t due = TIMER_ALARM0;
    const uint32_t next = due + MICROSECONDS;
    TIMER_ALARM0 = next - now - 2 < MICROSECONDS ? next : now + MICROSECONDS;
    milliseconds++;
    /* If it came due while pins were read, as an ADC that never ends may have it, the program has its turn until the next
       one. */
    sampling_tick(now - due >= MICROSECONDS / 2);
}

void board_start_clock(void)
{
    is_started = 1;
    TIMER0_PRIORITY = 0xFF; /* the lowest: the link's bytes come in while pins are read */
    TIMER_ALARM0 = TIMER_NOW + MICROSECONDS;
    TIMER_INTE = 1;
    board_resume_clock();
}

uint32_t board_milliseconds(void)
{
    return milliseconds;
}

void board_pause_clock(void)
{
    NVIC_ICER(TIMER0_INTERRUPT) = 1u << TIMER0_INTERRUPT;
    __asm volatile("dsb\nisb" ::: "memory");
}

void board_resume_clock(void)
{
    if (is_started) {
        NVIC_ISER(TIMER0_INTERRUPT) = 1u << TIMER0_INTERRUPT;
    }
}
