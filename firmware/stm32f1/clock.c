/* CRYSTAL_HZ times CLOCK_FACTOR, or 8 MHz from the internal oscillator. No wait is without end. */
#include "stm32.h"
#include "wiring.h"

enum {
    HSI_HZ = 8000000,
    PLL_HZ = CRYSTAL_HZ * CLOCK_FACTOR,
    RCC_CR_HSION = 1 << 0,
    RCC_CR_HSIRDY = 1 << 1,
    RCC_CR_HSEON = 1 << 16,
    RCC_CR_HSERDY = 1 << 17,
    RCC_CR_HSEBYP = 1 << 18,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
    /* APB1 takes at most 36 MHz; RM0008 */
    APB1_DIVIDER = PLL_HZ > 36000000 ? 2 : 1,
};

/* The ROM loader's Go leaves the core on the PLL, and with the PLL on its settings do not change. */
static void return_to_reset(void)
{
    RCC_CR |= RCC_CR_HSION;
    clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR &= ~3u;
    clock_wait(&RCC_CFGR, 3u << 2, 0);
    RCC_CR &= ~(uint32_t)(RCC_CR_PLLON | RCC_CR_HSEON);
    clock_wait(&RCC_CR, RCC_CR_PLLRDY | RCC_CR_HSERDY, 0);
    RCC_CR &= ~(uint32_t)RCC_CR_HSEBYP; /* only while the crystal is off */
    RCC_CFGR = 0;
}

uint32_t clock_init(uint32_t *link_hz)
{
    *link_hz = HSI_HZ;
    return_to_reset();
    RCC_CR |= (CRYSTAL_IS_OSCILLATOR ? RCC_CR_HSEBYP : 0) | RCC_CR_HSEON;
    if (!clock_wait(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY)) {
        RCC_CR &= ~(uint32_t)RCC_CR_HSEON;
        return HSI_HZ;
    }
    if (PLL_HZ > 48000000) {
        /* 2 wait states and prefetch. PM0075; the F100, with 24 MHz, needs and has none. PM0063 */
        FLASH_ACR = 2u | 1u << 4;
        (void)FLASH_ACR;
    }
    /* The PLL from the crystal; the ADC, at most 12 MHz on the F100, runs at a sixth. RM0008 */
    const uint32_t settings = 1u << 16 | (CLOCK_FACTOR - 2u) << 18 | (APB1_DIVIDER == 2 ? 4u << 8 : 0u) | 2u << 14;
    RCC_CFGR = settings;
    RCC_CR |= RCC_CR_PLLON;
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~(uint32_t)(RCC_CR_PLLON | RCC_CR_HSEON);
        RCC_CFGR = 0; /* else APB1 stays divided */
        return HSI_HZ;
    }
    RCC_CFGR = settings | 2u;
    if (!clock_wait(&RCC_CFGR, 3u << 2, 2u << 2)) {
        RCC_CFGR = 0;
        return HSI_HZ;
    }
    *link_hz = LINK_UART_BASE == USART1_BASE ? PLL_HZ : PLL_HZ / APB1_DIVIDER;
    return PLL_HZ;
}
