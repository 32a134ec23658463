/* SYSCLK_HZ from CRYSTAL_HZ, or 16 MHz from the internal oscillator. No wait is without end. */
#include "stm32.h"
#include "wiring.h"

enum {
    HSI_HZ = 16000000,
    RCC_CR_HSION = 1 << 0,
    RCC_CR_HSIRDY = 1 << 1,
    RCC_CR_HSEON = 1 << 16,
    RCC_CR_HSERDY = 1 << 17,
    RCC_CR_HSEBYP = 1 << 18,
    RCC_CR_PLLON = 1 << 24,
    RCC_CR_PLLRDY = 1 << 25,
    MEGAHERTZ = 1000000,
    /* PLLP: the oscillator of the PLL runs at 192 to 432 MHz; RM0090 §7.3.2, RM0383 §6.3.2 */
    PLL_DIVIDER = SYSCLK_HZ >= 96 * MEGAHERTZ ? 2 : 4,
    VCO_MEGAHERTZ = SYSCLK_HZ / MEGAHERTZ * PLL_DIVIDER,
    USB_DIVIDER = (VCO_MEGAHERTZ + 47) / 48,
    APB1_DIVIDER = APB_DIVIDER(APB1_MAX_HZ),
    APB2_DIVIDER = APB_DIVIDER(APB2_MAX_HZ),
    /* One for each 30 MHz begun, at 3.3 V; RM0090 §3.5.1, RM0390, RM0368; the F411 needs as many or fewer, RM0383 */
    WAIT_STATES = (SYSCLK_HZ - 1) / 30000000,
};

_Static_assert(CRYSTAL_HZ % MEGAHERTZ == 0 && CRYSTAL_HZ >= 2 * MEGAHERTZ, "the PLL takes a crystal of whole MHz");
_Static_assert(SYSCLK_HZ % MEGAHERTZ == 0, "SYSCLK_HZ is a number of whole MHz");
_Static_assert(VCO_MEGAHERTZ >= 192 && VCO_MEGAHERTZ <= 432, "SYSCLK_HZ is out of the PLL's range, 48 to 216 MHz");

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
    /* crystal / its MHz * VCO_MEGAHERTZ / PLL_DIVIDER. The top bits are no factor here. RM0090 §7.3.2 */
    RCC_PLLCFGR = (RCC_PLLCFGR & 0xF0000000u) | CRYSTAL_HZ / MEGAHERTZ | (uint32_t)VCO_MEGAHERTZ << 6 |
                  (PLL_DIVIDER / 2u - 1) << 16 | 1u << 22 | (uint32_t)USB_DIVIDER << 24;
#ifdef PWR_VOS
    RCC_APB1ENR |= 1u << 28; /* PWR; the voltage changes when the PLL starts */
    (void)RCC_APB1ENR;
    PWR_CR = (PWR_CR & ~(3u << 14)) | PWR_VOS << 14;
#endif
    RCC_CR |= RCC_CR_PLLON;
    if (!clock_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        RCC_CR &= ~(uint32_t)(RCC_CR_PLLON | RCC_CR_HSEON);
        return HSI_HZ;
    }
    /* With prefetch and caches. The F405's revision A, which calls itself by the F2's number, runs wrong with them; errata
       ES0182 */
    FLASH_ACR = (uint32_t)WAIT_STATES | ((DBGMCU_IDCODE & 0xFFF) == 0x411 ? 0 : 7u << 8);
    (void)FLASH_ACR; /* read back, they are there */
    /* The dividers take up to 16 cycles, so before the core gets fast. RM0090 §7.3.3 */
    const uint32_t dividers = APB_CODE(APB1_DIVIDER) << 10 | APB_CODE(APB2_DIVIDER) << 13;
    RCC_CFGR = dividers;
    RCC_CFGR = dividers | 2u; /* core from the PLL */
    if (!clock_wait(&RCC_CFGR, 3u << 2, 2u << 2)) {
        RCC_CFGR = 0;
        return HSI_HZ;
    }
    *link_hz = SYSCLK_HZ / (LINK_UART_BASE == USART1_BASE ? APB2_DIVIDER : APB1_DIVIDER);
    return SYSCLK_HZ;
}
