/* SYSCLK_HZ from the crystal of 12 MHz, or the ring oscillator's 6.5 MHz, which is no link. No wait is without end. */
#include "rp2040.h"
#include "wiring.h"

enum {
    MEGAHERTZ = 1000000,
    RING_HZ = 6500000, /* nominal; §2.17 */
    REF_RING = 0,
    REF_CRYSTAL = 2,
    SYS_FROM_REF = 0,
    SYS_FROM_PLL = 1, /* AUXSRC 0: PLL_SYS */
    PLL_FIRST = 6,
    PLL_SECOND = 2,
    /* The oscillator runs at 12 times SYSCLK_HZ, from 12 MHz. */
    PLL_FEEDBACK = SYSCLK_HZ / MEGAHERTZ,
    CRYSTAL_RANGE = 0xAA0, /* 1 to 15 MHz */
    CRYSTAL_ENABLE = 0xFAB << 12,
    CRYSTAL_STARTUP = 47, /* times 256 cycles: 1 ms */
    PERIPHERALS_ENABLE = 1 << 11,
    TICK_ENABLE = 1 << 9,
    TICK_CYCLES = 12, /* of the crystal: the timer counts microseconds */
};

_Static_assert(CRYSTAL_HZ == 12 * MEGAHERTZ, "the boot ROM's USB loader needs a crystal of 12 MHz");
_Static_assert(SYSCLK_HZ % MEGAHERTZ == 0, "SYSCLK_HZ is a number of whole MHz");
_Static_assert(SYSCLK_HZ >= 63 * MEGAHERTZ && SYSCLK_HZ <= 133 * MEGAHERTZ,
               "the PLL runs at 750 to 1600 MHz, the core to 133");

static void set_source(volatile uint32_t *control, volatile uint32_t *selected, uint32_t source)
{
    *control = (*control & ~3u) | source;
    clock_wait(selected, 1u << source, 1u << source);
}

/* Source: §2.18.2.1 */
int pll_start(uint32_t base, uint32_t reset, uint32_t feedback, uint32_t first, uint32_t second)
{
    volatile uint32_t *control = &REGISTER(base);
    volatile uint32_t *off = &REGISTER(base + 0x04);
    restart(reset);
    *control = 1; /* the reference undivided */
    REGISTER(base + 0x08) = feedback;
    *off &= ~(1u << 0 | 1u << 5); /* PD, VCOPD */
    if (!clock_wait(control, 1u << 31, 1u << 31)) {
        return 0;
    }
    REGISTER(base + 0x0C) = first << 16 | second << 12;
    *off &= ~(1u << 3); /* POSTDIVPD */
    return 1;
}

uint32_t clock_init(void)
{
    /* A program before this one may have left the PLL on; only the first of a clock's two switches changes without a
       glitch. §2.15.3.1 */
    set_source(&CLK_SYS_CTRL, &CLK_SYS_SELECTED, SYS_FROM_REF);
    CLK_SYS_CTRL = SYS_FROM_REF;
    set_source(&CLK_REF_CTRL, &CLK_REF_SELECTED, REF_RING);
    CLK_SYS_DIV = 1 << 8;
    CLK_PERI_CTRL = PERIPHERALS_ENABLE; /* from the core's clock */
    WATCHDOG_TICK = TICK_CYCLES | TICK_ENABLE;
    XOSC_STARTUP = CRYSTAL_STARTUP;
    XOSC_CTRL = CRYSTAL_RANGE | CRYSTAL_ENABLE;
    if (!clock_wait(&XOSC_STATUS, 1u << 31, 1u << 31)) {
        return RING_HZ;
    }
    set_source(&CLK_REF_CTRL, &CLK_REF_SELECTED, REF_CRYSTAL);
    if (!pll_start(PLL_SYS_BASE, RESET_PLL_SYS, PLL_FEEDBACK, PLL_FIRST, PLL_SECOND)) {
        return CRYSTAL_HZ;
    }
    set_source(&CLK_SYS_CTRL, &CLK_SYS_SELECTED, SYS_FROM_PLL);
    return SYSCLK_HZ;
}
