/* SYSCLK_HZ, a multiple of CRYSTAL_HZ, or 8 MHz from the internal oscillator. No wait is without end. */
#include "stm32.h"
#include "wiring.h"

enum {
    HSI_HZ = 8000000,
    RCC_CR_HSION = 1 << 0,
    RCC_CR_HSIRDY = 1 << 1,
    RCC_CR_HSEON = 1 << 16,
    RCC_CR_HSERDY = 1 << 17,
    RCC_CR_HSEBYP = 1 << 18,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
    FACTOR = SYSCLK_HZ / CRYSTAL_HZ,
    APB1_DIVIDER = APB_DIVIDER(APB1_MAX_HZ),
    APB2_DIVIDER = APB_DIVIDER(APB2_MAX_HZ),
    /* One for each 24 MHz begun; PM0075. The F100, with 24 MHz, needs and has none; PM0063 */
    WAIT_STATES = (SYSCLK_HZ - 1) / 24000000,
};

_Static_assert(SYSCLK_HZ % CRYSTAL_HZ == 0 && FACTOR >= 2 && FACTOR <= 16, "SYSCLK_HZ is 2 to 16 times CRYSTAL_HZ");

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
    if (WAIT_STATES > 0) {
        FLASH_ACR = WAIT_STATES | 1u << 4; /* with prefetch */
        (void)FLASH_ACR;
    }
    /* The PLL from the crystal; the ADC, at most 12 MHz on the F100, runs at a sixth. RM0008 */
    const uint32_t settings =
        1u << 16 | (FACTOR - 2u) << 18 | APB_CODE(APB1_DIVIDER) << 8 | APB_CODE(APB2_DIVIDER) << 11 | 2u << 14;
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
    *link_hz = SYSCLK_HZ / (LINK_UART_BASE == USART1_BASE ? APB2_DIVIDER : APB1_DIVIDER);
    return SYSCLK_HZ;
}
