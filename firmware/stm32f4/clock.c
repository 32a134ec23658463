/* 168 MHz from CRYSTAL_HZ, whole MHz of it, or 16 MHz from the internal oscillator. No wait is without end. */
#include "stm32.h"
#include "wiring.h"

enum {
    HSI_HZ = 16000000,
    PLL_HZ = 168000000,
    RCC_CR_HSION = 1 << 0,
    RCC_CR_HSIRDY = 1 << 1,
    RCC_CR_HSEON = 1 << 16,
    RCC_CR_HSERDY = 1 << 17,
    RCC_CR_HSEBYP = 1 << 18,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
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
    /* crystal / its MHz * 336 / 2 = 168 MHz; / 7 = 48 MHz for USB. The top bits are no factor here. RM0090 §7.3.2 */
    RCC_PLLCFGR = (RCC_PLLCFGR & 0xF0000000u) | CRYSTAL_HZ / 1000000 | 336u << 6 | 0u << 16 | 1u << 22 | 7u << 24;
    RCC_CR |= RCC_CR_PLLON;
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~(uint32_t)(RCC_CR_PLLON | RCC_CR_HSEON);
        return HSI_HZ;
    }
    /* 5 wait states at 168 MHz and 3.3 V; prefetch and caches. RM0090 §3.5.1; RM0390 (F446). The F405's revision A, which
       calls itself by the F2's number, runs wrong with them; errata ES0182 */
    FLASH_ACR = 5u | ((DBGMCU_IDCODE & 0xFFF) == 0x411 ? 0 : 7u << 8);
    (void)FLASH_ACR; /* read back, they are there */
    /* APB1 = core / 4, APB2 = core / 2; it takes up to 16 cycles, so before the core gets fast. RM0090 §7.3.3 */
    RCC_CFGR = 5u << 10 | 4u << 13;
    RCC_CFGR = 5u << 10 | 4u << 13 | 2u; /* core from the PLL */
    if (!clock_wait(&RCC_CFGR, 3u << 2, 2u << 2)) {
        RCC_CFGR = 0;
        return HSI_HZ;
    }
    *link_hz = LINK_UART_BASE == USART1_BASE ? PLL_HZ / 2 : PLL_HZ / 4;
    return PLL_HZ;
}
