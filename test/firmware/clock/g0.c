/* Clock tree of STM32G0. Source: RM0444 §5.2, §5.4.1 to §5.4.4, §5.4.21 (CCIPR), §3.7.1. */
#include "model.h"
#include "stm32.h"
#include "wiring.h"

enum { CR = 0x40021000, CFGR = 0x40021008, PLLCFGR = 0x4002100C, CCIPR = 0x40021054, ACR = 0x40022000 };
enum { HSION = 1 << 8, HSIRDY = 1 << 10, PLLON = 1 << 24, PLLRDY = 1 << 25 };

void family_reset(void)
{
    model_set(CR, 0x500);
    model_set(PLLCFGR, 0x1000);
    model_set(CFGR, 0);
    model_set(ACR, 0x00040600);
}

/* HSI16 * 12 / 8 = 24 MHz, which the loaders of the G0 were seen to run at; USART1 and 2 at HSI16 */
void family_go(void)
{
    model_set(PLLCFGR, 7u << 29 | 1u << 28 | 12u << 8 | 2u);
    model_set(CR, 0x500 | PLLON | PLLRDY);
    model_set(CFGR, 2u << 3 | 2u);
    model_set(CCIPR, 2u << 0 | 2u << 2);
}

static uint32_t source(void)
{
    return field(model_get(CFGR), 3, 3);
}

uint32_t family_written(uint32_t address, uint32_t old, uint32_t value)
{
    const uint32_t cr = model_get(CR);
    if (address == PLLCFGR) {
        const uint32_t outputs = 1u << 28 | 1u << 24 | 1u << 16; /* R, Q and P on or off: at any time */
        return cr & (PLLON | PLLRDY) ? keep(value, old, ~outputs) : value;
    }
    if (address == CFGR) {
        const uint32_t wanted = value & 7;
        const int is_ready = wanted == 0   ? (cr & HSIRDY) != 0
                             : wanted == 2 ? (cr & PLLRDY) && (model_get(PLLCFGR) & 1u << 28)
                                           : NO;
        if (!is_ready) {
            model_fault("the core is switched to a clock that is not ready");
        }
        return keep(value, is_ready ? wanted << 3 : old, 7u << 3);
    }
    if (address == CR) {
        value = keep(value, old, HSIRDY | PLLRDY);
        value |= source() == 2 ? PLLON | HSION : 0;
        value |= source() == 0 ? HSION : 0;
        if ((value & PLLON) && !(old & PLLON) && !(value & HSIRDY)) {
            model_fault("the PLL starts before its source is ready");
        }
    }
    return value;
}

void family_polled(uint32_t address)
{
    if (address == CR) {
        const uint32_t cr = with_flag(model_get(CR), HSIRDY, (model_get(CR) & HSION) != 0);
        model_set(CR, with_flag(cr, PLLRDY, (cr & PLLON) != 0));
    }
}

clocks_t family_clocks(void)
{
    const uint32_t cfgr = model_get(CFGR), factors = model_get(PLLCFGR), cr = model_get(CR);
    clocks_t clocks = {.wait_states = field(model_get(ACR), 0, 3)};
    const uint32_t input = field(factors, 0, 2) == 2 ? 16000000 / (field(factors, 4, 3) + 1) : 0;
    const uint32_t vco = input * field(factors, 8, 7);
    if (cr & PLLON) {
        clocks.pll_input = input;
        clocks.vco = vco;
    }
    const uint32_t hz[8] = {[0] = 16000000u >> field(cr, 11, 3), [2] = vco / (field(factors, 29, 3) + 1)};
    clocks.sysclk = hz[source()];
    clocks.core = clocks.sysclk / ahb_divider(field(cfgr, 8, 4));
    clocks.flash = clocks.core;
    clocks.apb1 = clocks.core / apb_divider(field(cfgr, 12, 3));
    clocks.apb2 = clocks.apb1; /* one bus */
    return clocks;
}

uint32_t family_link_hz(void)
{
    const uint32_t select = field(model_get(CCIPR), LINK_UART_BASE == 0x40013800 ? 0 : 2, 2);
    const uint32_t hz[] = {family_clocks().apb1, family_clocks().sysclk, 16000000, 32768};
    return hz[select];
}
