/* 168 MHz from the 8 MHz crystal, or 16 MHz from the internal oscillator. No wait is without end. */
#include "stm32f405.h"

enum {
    HSI_HZ = 16000000,
    PLL_HZ = 168000000,
    RCC_CR_HSEON = 1 << 16,
    RCC_CR_HSERDY = 1 << 17,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
    /* At 16 MHz about 15 ms: crystals start in a few. QEMU 7.2, where nothing ever is ready, takes as long. */
    PATIENCE = 40000,
};

static int wait_for(volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (int32_t i = 0; i < PATIENCE; i++) {
        if ((*reg & mask) == value) {
            return 1;
        }
    }
    return 0;
}

uint32_t clock_init(uint32_t *usart1_hz)
{
    *usart1_hz = HSI_HZ;
    RCC_CR |= RCC_CR_HSEON;
    if (!wait_for(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY)) {
        RCC_CR &= ~(uint32_t)RCC_CR_HSEON;
        return HSI_HZ;
    }
    /* 8 MHz / 8 * 336 / 2 = 168 MHz; / 7 = 48 MHz for USB. RM0090 §7.3.2 */
    RCC_PLLCFGR = 8u | 336u << 6 | 0u << 16 | 1u << 22 | 7u << 24;
    RCC_CR |= RCC_CR_PLLON;
    if (!wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~(uint32_t)(RCC_CR_PLLON | RCC_CR_HSEON);
        return HSI_HZ;
    }
    FLASH_ACR = 5u | 7u << 8;            /* 5 wait states at 168 MHz and 3.3 V; prefetch and caches. RM0090 §3.5.1 */
    RCC_CFGR = 5u << 10 | 4u << 13 | 2u; /* APB1 = core / 4, APB2 = core / 2, core from the PLL */
    if (!wait_for(&RCC_CFGR, 3u << 2, 2u << 2)) {
        RCC_CFGR = 0;
        return HSI_HZ;
    }
    *usart1_hz = PLL_HZ / 2;
    return PLL_HZ;
}
