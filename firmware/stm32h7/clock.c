/* SYSCLK_HZ from CRYSTAL_HZ at voltage scale 1, or 64 MHz from the internal oscillator; then the caches. No wait is
   without end. */
#include "stm32.h"
#include "wiring.h"

enum {
    HSI_HZ = 64000000,
    RCC_CR_HSION = 1 << 0,
    RCC_CR_HSIRDY = 1 << 2,
    RCC_CR_HSIDIV = 3 << 3,
    RCC_CR_HSEON = 1 << 16,
    RCC_CR_HSERDY = 1 << 17,
    RCC_CR_HSEBYP = 1 << 18,
    RCC_CR_PLL1ON = 1 << 24,
    RCC_CR_PLL1RDY = 1 << 25,
    MEGAHERTZ = 1000000,
    PLL_INPUT_HZ = 2 * MEGAHERTZ,
    /* The PLL's oscillator runs at twice the core's clock, 192 to 836 MHz; RM0433 §8.7.13 */
    PLL_FACTOR = SYSCLK_HZ / MEGAHERTZ,
    /* Buses and flash at half the core's clock, the peripherals' at a quarter, by scale 1's limits of 400, 200 and 100 */
    BUS_HZ = SYSCLK_HZ / 2,
    APB_HZ = SYSCLK_HZ / 4,
    /* One for each 70 MHz begun, and WRHIGHFREQ, of scale 1; RM0433 table 17 */
    WAIT_STATES = (BUS_HZ - 1) / 70000000,
    PROGRAM_DELAY = BUS_HZ <= 70 * MEGAHERTZ    ? 0
                    : BUS_HZ <= 185 * MEGAHERTZ ? 1
                                                : 2,
};

_Static_assert(CRYSTAL_HZ % PLL_INPUT_HZ == 0, "the PLL takes a crystal of even MHz");
_Static_assert(SYSCLK_HZ % MEGAHERTZ == 0 && PLL_FACTOR >= 96 && PLL_FACTOR <= 400, "SYSCLK_HZ is 96 to 400 MHz");

#define SCB_CCR REGISTER(0xE000ED14)
#define SCB_CSSELR REGISTER(0xE000ED84)
#define SCB_ICIALLU REGISTER(0xE000EF50)
#define SCB_DCISW REGISTER(0xE000EF60)

/* What they hold after reset is unknown. Only flash is cached: variables are in DTCM. Source: PM0253 §4.8 */
static void start_caches(void)
{
    enum { WAYS = 4, SETS = 128, LINE_BITS = 5, WAY_SHIFT = 30 }; /* 16 KB of data, lines of 32 bytes */
    SCB_ICIALLU = 0;
    SCB_CSSELR = 0;
    for (uint32_t way = 0; way < WAYS; way++) {
        for (uint32_t set = 0; set < SETS; set++) {
            SCB_DCISW = way << WAY_SHIFT | set << LINE_BITS;
        }
    }
    __asm volatile("dsb\nisb" ::: "memory");
    SCB_CCR |= 1u << 16 | 1u << 17;
    __asm volatile("dsb\nisb" ::: "memory");
}

/* The ROM loader's Go leaves the core on the PLL, and with the PLL on its settings do not change. */
static void return_to_reset(void)
{
    RCC_CR = (RCC_CR & ~(uint32_t)RCC_CR_HSIDIV) | RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR &= ~7u;
    clock_wait(&RCC_CFGR, 7u << 3, 0);
    RCC_CR &= ~(uint32_t)(RCC_CR_PLL1ON | RCC_CR_HSEON);
    clock_wait(&RCC_CR, RCC_CR_PLL1RDY | RCC_CR_HSERDY, 0);
    RCC_CR &= ~(uint32_t)RCC_CR_HSEBYP; /* only while the crystal is off */
    RCC_D1CFGR = 0;
    RCC_D2CFGR = 0;
    RCC_D3CFGR = 0;
    RCC_D2CCIP2R = 0; /* UARTs at the bus clock */
}

/* Scale 1, for which the supply must have been said once: the LDO, as the chip starts; RM0433 §6.6.2, §6.8.4 */
static int raise_voltage(void)
{
    PWR_CR3 = (PWR_CR3 & ~7u) | 2u;
    if (!clock_wait(&PWR_CSR1, 1u << 13, 1u << 13)) {
        return 0;
    }
    PWR_D3CR |= 3u << 14;
    return clock_wait(&PWR_D3CR, 1u << 13, 1u << 13);
}

uint32_t clock_init(uint32_t *link_hz)
{
    *link_hz = HSI_HZ;
    return_to_reset();
    start_caches();
    RCC_CR |= CRYSTAL_IS_OSCILLATOR ? RCC_CR_HSEBYP : 0;
    RCC_CR |= RCC_CR_HSEON;
    if (!clock_wait(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY) || !raise_voltage()) {
        RCC_CR &= ~(uint32_t)RCC_CR_HSEON;
        return HSI_HZ;
    }
    RCC_PLLCKSELR = 2u | CRYSTAL_HZ / PLL_INPUT_HZ << 4; /* the crystal, at 2 MHz; the other PLLs have none */
    /* P alone, wide oscillator, input of 2 to 4 MHz */
    RCC_PLLCFGR = 1u << 16 | 1u << 2;
    RCC_PLL1DIVR = (PLL_FACTOR - 1u) | 1u << 9 | 1u << 16 | 1u << 24;
    RCC_CR |= RCC_CR_PLL1ON;
    if (!clock_wait(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY)) {
        RCC_CR &= ~(uint32_t)(RCC_CR_PLL1ON | RCC_CR_HSEON);
        return HSI_HZ;
    }
    FLASH_ACR = (uint32_t)WAIT_STATES | (uint32_t)PROGRAM_DELAY << 4;
    (void)FLASH_ACR;
    RCC_D1CFGR = 8u | 4u << 4; /* half for the buses, half of that for each peripheral bus */
    RCC_D2CFGR = 4u << 4 | 4u << 8;
    RCC_D3CFGR = 4u << 4;
    RCC_CFGR = 3u;
    if (!clock_wait(&RCC_CFGR, 7u << 3, 3u << 3)) {
        RCC_CFGR = 0;
        *link_hz = HSI_HZ / 4;
        return HSI_HZ;
    }
    *link_hz = APB_HZ;
    return SYSCLK_HZ;
}
