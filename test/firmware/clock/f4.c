/* Clock tree of STM32F4. Source: RM0090 §7.2, §7.3.1 to §7.3.3, §3.9.1; RM0390 (F446). */
#include <string.h>

#include "model.h"
#include "stm32.h"
#include "wiring.h"

enum { CR = 0x40023800, PLLCFGR = 0x40023804, CFGR = 0x40023808, ACR = 0x40023C00 };
enum { POWER = 0x40007000, POWER_CLOCK = 0x40023840 };
enum { HSION = 1 << 0, HSIRDY = 1 << 1, HSEON = 1 << 16, HSERDY = 1 << 17, HSEBYP = 1 << 18 };
enum { PLLON = 1 << 24, PLLRDY = 1 << 25, PLLSRC = 1 << 22 };

/* The highest clock at the voltages that PWR_CR's VOS chooses; 1: reserved. RM0090 §5.4.1 (one bit), RM0368 §5.4.1,
   RM0383 §5.4.1, RM0390 §5.4.1 without over-drive; the CMSIS headers have the same (RCC_MAX_FREQUENCY_SCALE). */
static const struct {
    const char *mcu;
    uint32_t after_reset;
    uint32_t megahertz[4];
} voltages[] = {
    {"STM32F405", 1, {144, 168, 144, 168}},
    {"STM32F407", 1, {144, 168, 144, 168}},
    {"STM32F401", 2, {1, 60, 84, 1}},
    {"STM32F411", 2, {1, 64, 84, 100}},
    {"STM32F446", 3, {1, 120, 144, 168}},
};

static int chip(void)
{
    for (int i = 0; i < (int)(sizeof voltages / sizeof voltages[0]); i++) {
        if (strncmp(voltages[i].mcu, MCU, 9) == 0) {
            return i;
        }
    }
    model_fault("the model does not know the voltages of " MCU);
    return 0;
}

void family_reset(void)
{
    model_set(POWER, voltages[chip()].after_reset << 14);
    model_set(CR, 0x83);
    model_set(PLLCFGR, 0x24003010);
    model_set(CFGR, 0);
    model_set(ACR, 0);
}

/* HSI / 16 * 192 / 8 = 24 MHz; what AN2606 tells is the source, not the factors. */
void family_go(void)
{
    model_set(PLLCFGR, 1u << 29 | 4u << 24 | 3u << 16 | 192u << 6 | 16u);
    model_set(CR, 0x83 | PLLON | PLLRDY);
    model_set(CFGR, 2u << 2 | 2u);
}

static uint32_t source(void)
{
    return field(model_get(CFGR), 2, 2);
}

static int uses_crystal(void)
{
    return source() == 1 || (source() == 2 && (model_get(PLLCFGR) & PLLSRC));
}

static uint32_t cr_written(uint32_t old, uint32_t value)
{
    value = keep(value, old, HSIRDY | HSERDY | PLLRDY | (old & HSEON ? HSEBYP : 0));
    value |= uses_crystal() ? HSEON : 0;
    value |= source() == 2 ? PLLON : 0;
    value |= source() == 0 || (source() == 2 && !uses_crystal()) ? HSION : 0;
    if ((value & PLLON) && !(old & PLLON)) {
        const uint32_t needed = model_get(PLLCFGR) & PLLSRC ? HSERDY : HSIRDY;
        if ((value & needed) == 0) {
            model_fault("the PLL starts before its source is ready");
        }
    }
    return value;
}

static uint32_t cfgr_written(uint32_t old, uint32_t value)
{
    const uint32_t cr = model_get(CR), wanted = value & 3;
    const uint32_t ready[] = {cr & HSIRDY, cr & HSERDY, cr & PLLRDY, 0};
    if (ready[wanted] == 0) {
        model_fault("the core is switched to a clock that is not ready");
        return keep(value, old, 3u << 2);
    }
    return keep(value, wanted << 2, 3u << 2);
}

uint32_t family_written(uint32_t address, uint32_t old, uint32_t value)
{
    switch (address) {
    case CR: return cr_written(old, value);
    case CFGR: return cfgr_written(old, value);
    case PLLCFGR: return model_get(CR) & (PLLON | PLLRDY) ? old : value;
    case POWER: return model_get(POWER_CLOCK) & 1u << 28 ? value : old;
    default: return value;
    }
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
    const uint32_t cfgr = model_get(CFGR), factors = model_get(PLLCFGR);
    clocks_t clocks = {.wait_states = field(model_get(ACR), 0, 4)};
    const uint32_t pll_source = factors & PLLSRC ? CRYSTAL_HZ : 16000000;
    const uint32_t vco = pll_source / field(factors, 0, 6) * field(factors, 6, 9);
    if (model_get(CR) & PLLON) {
        clocks.pll_input = pll_source / field(factors, 0, 6);
        clocks.vco = vco;
    }
    const uint32_t hz[] = {16000000, CRYSTAL_HZ, vco / (2 * (field(factors, 16, 2) + 1)), 0};
    clocks.sysclk = hz[source()];
    clocks.core = clocks.sysclk / ahb_divider(field(cfgr, 4, 4));
    clocks.flash = clocks.core;
    clocks.apb1 = clocks.core / apb_divider(field(cfgr, 10, 3));
    clocks.apb2 = clocks.core / apb_divider(field(cfgr, 13, 3));
    clocks.limit = 1000000 * voltages[chip()].megahertz[field(model_get(POWER), 14, 2)];
    return clocks;
}

uint32_t family_link_hz(void)
{
    return LINK_UART_BASE == 0x40011000 ? family_clocks().apb2 : family_clocks().apb1;
}
