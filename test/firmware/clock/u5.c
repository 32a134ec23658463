/* Clock tree of STM32U5. Source: RM0456 §11.4.6, §11.8.1 to §11.8.12, §10.5.4, §10.10.4, table 55; CMSIS header. */
#include "model.h"
#include "stm32.h"
#include "wiring.h"

enum { CR = 0x46020C00, RANGES = 0x46020C08, CFGR1 = 0x46020C1C, CFGR2 = 0x46020C20 };
enum { PLLCFGR = 0x46020C28, FACTORS = 0x46020C34, KERNEL = 0x46020CE0, ACR = 0x40022000 };
enum { POWER_CLOCK = 0x46020C94, VOSR = 0x4602080C, BOOST_READY = 1 << 14, VOS_READY = 1 << 15, BOOST = 1 << 18 };
enum { MSISON = 1 << 0, MSISRDY = 1 << 2, HSION = 1 << 8, HSIRDY = 1 << 10, PLLON = 1 << 24, PLLRDY = 1 << 25 };

void family_reset(void)
{
    model_set(CR, 0x35);
    model_set(RANGES, 0x44000000);
    model_set(FACTORS, 0x01010280);
    model_set(VOSR, VOS_READY);
}

/* HSI16 * 10 / 4 = 40 MHz in range 2; the source is AN2606's, the factors are not. MSIS at 48 MHz, USART1 at HSI16. */
void family_go(void)
{
    model_set(PLLCFGR, 2u | 3u << 2 | 1u << 18);
    model_set(FACTORS, 9u | 3u << 24);
    model_set(CR, 0x35 | HSION | HSIRDY | PLLON | PLLRDY);
    model_set(RANGES, 1u << 23);
    model_set(CFGR1, 3u << 2 | 3u);
    model_set(VOSR, VOS_READY | 2u << 16);
    model_set(ACR, 2);
    model_set(KERNEL, 2);
}

static uint32_t source(void)
{
    return field(model_get(CFGR1), 2, 2);
}

uint32_t family_written(uint32_t address, uint32_t old, uint32_t value)
{
    const uint32_t cr = model_get(CR), pll = model_get(PLLCFGR);
    switch (address) {
    case CR:
        value = keep(value, old, MSISRDY | HSIRDY | PLLRDY);
        value |= source() == 0 ? MSISON : 0;
        value |= source() == 3 ? PLLON | HSION : 0;
        if ((value & PLLON) && !(old & PLLON) && !(value & HSIRDY && field(pll, 0, 2) == 2)) {
            model_fault("the PLL starts before its source is ready");
        }
        return value;
    case PLLCFGR:
    case FACTORS: return cr & (PLLON | PLLRDY) ? old : value;
    case CFGR1: {
        const uint32_t wanted = value & 3;
        const uint32_t ready[] = {cr & MSISRDY, cr & HSIRDY, 0, pll & 1u << 18 ? cr & PLLRDY : 0};
        if (ready[wanted] == 0) {
            model_fault("the core is switched to a clock that is not ready");
        }
        return keep(value, ready[wanted] ? wanted << 2 : old, 3u << 2);
    }
    case VOSR:
        if ((model_get(POWER_CLOCK) & 1u << 2) == 0) {
            return old;
        }
        if ((value & BOOST) && field(pll, 0, 2) == 0) {
            model_fault("the booster starts without a source");
        }
        return value & ~(uint32_t)(VOS_READY | BOOST_READY);
    default: return value;
    }
}

void family_polled(uint32_t address)
{
    if (address == VOSR) {
        model_set(VOSR, with_flag(model_get(VOSR) | VOS_READY, BOOST_READY, (model_get(VOSR) & BOOST) != 0));
    }
    if (address == CR) {
        uint32_t cr = model_get(CR);
        cr = with_flag(cr, MSISRDY, (cr & MSISON) != 0);
        cr = with_flag(cr, HSIRDY, (cr & HSION) != 0);
        model_set(CR, with_flag(cr, PLLRDY, (cr & PLLON) != 0));
    }
}

static uint32_t msis_hz(void)
{
    static const uint32_t kilohertz[16] = {48000, 24000, 16000, 12000, 4000, 2000, 1330, 1000,
                                           3072,  1536,  1024,  768,   400,  200,  133,  100};
    const uint32_t ranges = model_get(RANGES);
    return ranges & 1u << 23 ? 1000 * kilohertz[ranges >> 28] : 4000000;
}

clocks_t family_clocks(void)
{
    /* Range 4, 3, 2 and 1; beyond 55 MHz with the booster */
    static const uint32_t megahertz[4] = {25, 55, 110, 160};
    const uint32_t factors = model_get(FACTORS), pll = model_get(PLLCFGR), buses = model_get(CFGR2);
    clocks_t clocks = {.wait_states = field(model_get(ACR), 0, 4)};
    const uint32_t input = field(pll, 0, 2) == 2 ? 16000000 / (field(pll, 8, 4) + 1) : 0;
    const uint32_t vco = input * (field(factors, 0, 9) + 1);
    if (model_get(CR) & PLLON) {
        clocks.pll_input = input;
        clocks.vco = vco;
        if (field(pll, 2, 2) != (input > 8000000 ? 3 : 0)) {
            model_fault("PLL1RGE is not the range of the PLL's input");
        }
    }
    const uint32_t hz[] = {msis_hz(), 16000000, 0, vco / (field(factors, 24, 7) + 1)};
    const uint32_t vosr = model_get(VOSR);
    clocks.sysclk = hz[source()];
    clocks.core = clocks.sysclk / ahb_divider(field(buses, 0, 4));
    clocks.flash = clocks.core;
    clocks.apb1 = clocks.core / apb_divider(field(buses, 4, 3));
    clocks.apb2 = clocks.core / apb_divider(field(buses, 8, 3));
    clocks.limit = 1000000 * megahertz[field(vosr, 16, 2)];
    if (clocks.limit > 55000000 && (vosr & BOOST_READY) == 0) {
        clocks.limit = 55000000;
    }
    return clocks;
}

uint32_t family_link_hz(void)
{
    const uint32_t hz[] = {family_clocks().apb2, family_clocks().sysclk, 16000000, 32768};
    return hz[field(model_get(KERNEL), 0, 2)];
}
