/* SYSCLK_HZ from the internal oscillator of 16 MHz through the PLL, or the 4 MHz after reset. No wait is without end. */
#include "stm32.h"
#include "wiring.h"

/* The 4 MHz (MSI) drift with temperature by more than a UART takes, without a crystal beside them. */
enum {
    MSI_HZ = 4000000,
    HSI_HZ = 16000000,
    RCC_CR_MSION = 1 << 0,
    RCC_CR_MSIRDY = 1 << 1,
    RCC_CR_MSIRGSEL = 1 << 3,
    RCC_CR_HSION = 1 << 8,
    RCC_CR_HSIRDY = 1 << 10,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
    /* One for each 16 MHz begun, RM0351; beyond 80 MHz, on the L4+, for each 20 MHz, RM0432 */
    WAIT_STATES = (SYSCLK_HZ - 1) / (SYSCLK_HZ > 80000000 ? 20000000 : 16000000),
    NEEDS_BOOST = SYSCLK_HZ > 80000000,
    FACTOR = SYSCLK_HZ / (HSI_HZ / 4),
};

_Static_assert(SYSCLK_HZ % (HSI_HZ / 4) == 0 && FACTOR >= 8 && FACTOR <= 43, "SYSCLK_HZ is 8 to 43 times 4 MHz");

/* The ROM loader's Go leaves the core on the PLL, and with the PLL on its settings do not change. */
static void return_to_reset(void)
{
    RCC_CR |= RCC_CR_MSION;
    clock_wait(&RCC_CR, RCC_CR_MSIRDY, RCC_CR_MSIRDY);
    RCC_CR = (RCC_CR & ~(15u << 4)) | 6u << 4 | RCC_CR_MSIRGSEL; /* 4 MHz */
    RCC_CFGR &= ~3u;
    clock_wait(&RCC_CFGR, 3u << 2, 0);
    RCC_CR &= ~(uint32_t)RCC_CR_PLLON;
    clock_wait(&RCC_CR, RCC_CR_PLLRDY, 0);
    RCC_CFGR = 0;
    RCC_CCIPR = 0; /* UARTs at the bus clock */
}

uint32_t clock_init(uint32_t *link_hz)
{
    *link_hz = MSI_HZ;
    return_to_reset();
    RCC_APB1ENR1 |= 1u << 28; /* PWR */
    (void)RCC_APB1ENR1;
    if (NEEDS_BOOST) {
        PWR_CR5 &= ~(1u << 8); /* range 1 boost mode; RM0432 */
    }
    RCC_CR |= RCC_CR_HSION;
    if (!clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY)) {
        RCC_CR &= ~(uint32_t)RCC_CR_HSION;
        return MSI_HZ;
    }
    /* HSI16 / 2 * FACTOR / 2 */
    RCC_PLLCFGR = 2u | 1u << 4 | (uint32_t)FACTOR << 8 | 1u << 24 | 0u << 25;
    RCC_CR |= RCC_CR_PLLON;
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~(uint32_t)(RCC_CR_PLLON | RCC_CR_HSION);
        return MSI_HZ;
    }
    FLASH_ACR = (uint32_t)WAIT_STATES | 7u << 8; /* prefetch and caches */
    (void)FLASH_ACR;
    RCC_CFGR = NEEDS_BOOST ? 8u << 4 | 3u : 3u; /* core from the PLL; beyond 80 MHz by way of half. RM0432 */
    if (!clock_wait(&RCC_CFGR, 3u << 2, 3u << 2)) {
        RCC_CFGR = 0;
        return MSI_HZ;
    }
    for (int32_t i = 0; NEEDS_BOOST && i < 100; i++) {
        __asm volatile("nop"); /* a microsecond at half the speed */
    }
    RCC_CFGR = 3u;
    *link_hz = SYSCLK_HZ;
    return SYSCLK_HZ;
}
