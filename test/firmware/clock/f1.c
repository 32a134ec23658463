/* Clock tree of STM32F1. Source: RM0008 §7.2, §7.3 (F103); RM0041 §6.2 (F100); PM0075 §3.1 (wait states). */
#include "model.h"
#include "stm32.h"
#include "wiring.h"

enum { CR = 0x40021000, CFGR = 0x40021004, ACR = 0x40022000 };
enum { HSION = 1 << 0, HSIRDY = 1 << 1, HSEON = 1 << 16, HSERDY = 1 << 17, HSEBYP = 1 << 18 };
enum { PLLON = 1 << 24, PLLRDY = 1 << 25, PLLSRC = 1 << 16, PLL_FIELDS = 0x3F << 16 };

void family_reset(void)
{
    model_set(CR, 0x83);
    model_set(CFGR, 0);
    model_set(ACR, 0x30);
}

/* HSI / 2 * 6 = 24 MHz, as AN2606 tells of the F103's loader */
void family_go(void)
{
    model_set(CR, 0x83 | PLLON | PLLRDY);
    model_set(CFGR, 4u << 18 | 2u << 2 | 2u);
}

static uint32_t source(void)
{
    return field(model_get(CFGR), 2, 2);
}

static int uses_crystal(void)
{
    return source() == 1 || (source() == 2 && (model_get(CFGR) & PLLSRC));
}

static uint32_t cr_written(uint32_t old, uint32_t value)
{
    value = keep(value, old, HSIRDY | HSERDY | PLLRDY | (old & HSEON ? HSEBYP : 0));
    value |= uses_crystal() ? HSEON : 0;
    value |= source() == 2 ? PLLON : 0;
    value |= source() == 0 ? HSION : 0;
    if ((value & PLLON) && !(old & PLLON)) {
        const uint32_t needed = model_get(CFGR) & PLLSRC ? HSERDY : HSIRDY;
        if ((value & needed) == 0) {
            model_fault("the PLL starts before its source is ready");
        }
    }
    return value;
}

static uint32_t cfgr_written(uint32_t old, uint32_t value)
{
    const uint32_t cr = model_get(CR);
    value = keep(value, old, (cr & (PLLON | PLLRDY) ? PLL_FIELDS : 0) | 3u << 2);
    const uint32_t ready[] = {cr & HSIRDY, cr & HSERDY, cr & PLLRDY, 0};
    const uint32_t wanted = value & 3;
    if (ready[wanted] == 0) {
        model_fault("the core is switched to a clock that is not ready");
        return value;
    }
    return keep(value, wanted << 2, 3u << 2);
}

uint32_t family_written(uint32_t address, uint32_t old, uint32_t value)
{
    return address == CR ? cr_written(old, value) : address == CFGR ? cfgr_written(old, value) : value;
}

void family_polled(uint32_t address)
{
    if (address != CR) {
        return;
    }
    uint32_t cr = model_get(CR);
    cr = with_flag(cr, HSIRDY, (cr & HSION) != 0);
    cr = with_flag(cr, HSERDY, (cr & HSEON) && model_crystal(cr & HSEBYP));
    model_set(CR, with_flag(cr, PLLRDY, (cr & PLLON) != 0));
}

clocks_t family_clocks(void)
{
    const uint32_t cfgr = model_get(CFGR), multiplier = field(cfgr, 18, 4) + 2;
    clocks_t clocks = {.wait_states = field(model_get(ACR), 0, 3)};
    const uint32_t pll_source = cfgr & PLLSRC ? CRYSTAL_HZ : 4000000;
    const uint32_t pll = pll_source * (multiplier > 16 ? 16 : multiplier);
    if (model_get(CR) & PLLON) {
        clocks.pll_input = pll_source;
        clocks.vco = pll;
    }
    const uint32_t hz[] = {8000000, CRYSTAL_HZ, pll, 0};
    clocks.sysclk = hz[source()];
    clocks.core = clocks.sysclk / ahb_divider(field(cfgr, 4, 4));
    clocks.flash = clocks.core;
    clocks.apb1 = clocks.core / apb_divider(field(cfgr, 8, 3));
    clocks.apb2 = clocks.core / apb_divider(field(cfgr, 11, 3));
    return clocks;
}

uint32_t family_link_hz(void)
{
    return LINK_UART_BASE == 0x40013800 ? family_clocks().apb2 : family_clocks().apb1;
}
