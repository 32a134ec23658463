/* SYSCLK_HZ from the internal oscillator of 16 MHz through the PLL, or that oscillator. No wait is without end. */
#include "stm32.h"
#include "wiring.h"

enum {
    HSI_HZ = 16000000,
    RCC_CR_HSION = 1 << 8,
    RCC_CR_HSIRDY = 1 << 10,
    RCC_CR_HSIDIV = 7 << 11,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
    FACTOR = SYSCLK_HZ / (HSI_HZ / 2),
    /* One for each 24 MHz begun; RM0444 §3.3.4 */
    WAIT_STATES = (SYSCLK_HZ - 1) / 24000000,
};

_Static_assert(SYSCLK_HZ % (HSI_HZ / 2) == 0 && FACTOR >= 8 && FACTOR <= 21, "SYSCLK_HZ is 8 to 21 times 8 MHz");

/* The ROM loader's Go leaves the core on the PLL, and with the PLL on its settings do not change. */
static void return_to_reset(void)
{
    RCC_CR = (RCC_CR & ~(uint32_t)RCC_CR_HSIDIV) | RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR &= ~7u;
    clock_wait(&RCC_CFGR, 7u << 3, 0);
    RCC_CR &= ~(uint32_t)RCC_CR_PLLON;
    clock_wait(&RCC_CR, RCC_CR_PLLRDY, 0);
    RCC_CFGR = 0;
    RCC_CCIPR = 0; /* UARTs at the bus clock */
}

uint32_t clock_init(uint32_t *link_hz)
{
    *link_hz = HSI_HZ;
    return_to_reset();
    RCC_PLLCFGR = 2u | 0u << 4 | (uint32_t)FACTOR << 8 | 1u << 28 | 1u << 29; /* HSI16 / 1 * FACTOR / 2; RM0444 */
    RCC_CR |= RCC_CR_PLLON;
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~(uint32_t)RCC_CR_PLLON;
        return HSI_HZ;
    }
    FLASH_ACR = WAIT_STATES | 3u << 8 | (FLASH_ACR & 1u << 18); /* prefetch, cache; the debugger's bit stays */
    (void)FLASH_ACR;
    RCC_CFGR = 2u;
    if (!clock_wait(&RCC_CFGR, 7u << 3, 2u << 3)) {
        RCC_CFGR = 0;
        return HSI_HZ;
    }
    *link_hz = SYSCLK_HZ;
    return SYSCLK_HZ;
}
