/* SYSCLK_HZ from the internal oscillator of 16 MHz through the PLL, or the 4 MHz after reset; then the cache. No wait is
   without end. */
#include "stm32.h"
#include "wiring.h"

/* The 4 MHz (MSIS) drift with temperature by more than a UART takes, without a crystal beside them. */
enum {
    MSIS_HZ = 4000000,
    HSI_HZ = 16000000,
    RCC_CR_MSISON = 1 << 0,
    RCC_CR_MSISRDY = 1 << 2,
    RCC_CR_HSION = 1 << 8,
    RCC_CR_HSIRDY = 1 << 10,
    RCC_CR_PLL1ON = 1 << 24,
    RCC_CR_PLL1RDY = 1 << 25,
    VOSR_BOOSTRDY = 1 << 14,
    VOSR_VOSRDY = 1 << 15,
    VOSR_BOOSTEN = 1 << 18,
    FACTOR = SYSCLK_HZ / (HSI_HZ / 2),
    /* One for each 32 MHz begun, of range 1; RM0456 table 55 */
    WAIT_STATES = (SYSCLK_HZ - 1) / 32000000,
};

/* The PLL's oscillator runs at 128 to 544 MHz; range 1 ends at 160 MHz. RM0456 §11.4.6 */
_Static_assert(SYSCLK_HZ % (HSI_HZ / 2) == 0 && FACTOR >= 8 && FACTOR <= 20, "SYSCLK_HZ is 8 to 20 times 8 MHz");

/* The ROM loader's Go leaves the core on the PLL, and with the PLL on its settings do not change. */
static void return_to_reset(void)
{
    RCC_CR |= RCC_CR_MSISON;
    clock_wait(&RCC_CR, RCC_CR_MSISRDY, RCC_CR_MSISRDY);
    RCC_ICSCR1 = (RCC_ICSCR1 & ~(15u << 28)) | 4u << 28 | 1u << 23; /* 4 MHz */
    RCC_CFGR1 &= ~3u;
    clock_wait(&RCC_CFGR1, 3u << 2, 0);
    RCC_CR &= ~(uint32_t)RCC_CR_PLL1ON;
    clock_wait(&RCC_CR, RCC_CR_PLL1RDY, 0);
    RCC_CFGR2 = 0;
    RCC_CCIPR1 = 0; /* UARTs at the bus clock */
}

uint32_t clock_init(uint32_t *link_hz)
{
    *link_hz = MSIS_HZ;
    return_to_reset();
    ICACHE_CR |= 1u; /* of code and tables in flash */
    RCC_CR |= RCC_CR_HSION;
    if (!clock_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY)) {
        RCC_CR &= ~(uint32_t)RCC_CR_HSION;
        return MSIS_HZ;
    }
    /* HSI16 / 1 * FACTOR / 2 at R; the booster of the regulator takes the PLL's source, so before it. RM0456 §10.5.4 */
    RCC_PLL1CFGR = 2u | 3u << 2 | 1u << 18;
    RCC_PLL1DIVR = (FACTOR - 1u) | 1u << 9 | 1u << 16 | 1u << 24;
    RCC_AHB3ENR |= 1u << 2; /* PWR */
    (void)RCC_AHB3ENR;
    PWR_VOSR |= 3u << 16; /* range 1 */
    if (!clock_wait(&PWR_VOSR, VOSR_VOSRDY, VOSR_VOSRDY)) {
        return MSIS_HZ;
    }
    PWR_VOSR |= VOSR_BOOSTEN;
    if (!clock_wait(&PWR_VOSR, VOSR_BOOSTRDY, VOSR_BOOSTRDY)) {
        return MSIS_HZ;
    }
    RCC_CR |= RCC_CR_PLL1ON;
    if (!clock_wait(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY)) {
        RCC_CR &= ~(uint32_t)(RCC_CR_PLL1ON | RCC_CR_HSION);
        return MSIS_HZ;
    }
    FLASH_ACR = (uint32_t)WAIT_STATES | 1u << 8; /* with prefetch */
    (void)FLASH_ACR;
    RCC_CFGR1 = 3u;
    if (!clock_wait(&RCC_CFGR1, 3u << 2, 3u << 2)) {
        RCC_CFGR1 = 0;
        return MSIS_HZ;
    }
    *link_hz = SYSCLK_HZ;
    return SYSCLK_HZ;
}
