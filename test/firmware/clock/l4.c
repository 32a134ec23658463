/* Clock tree of STM32L4 and L4+. Source: RM0351 §6.2, §6.4.1 to §6.4.4, §6.4.28 (CCIPR), §3.7.1; RM0432 §5.1.7 (boost). */
#include "model.h"
#include "stm32.h"
#include "wiring.h"

enum { CR = 0x40021000, CFGR = 0x40021008, PLLCFGR = 0x4002100C, CCIPR = 0x40021088, ACR = 0x40022000 };
enum { PWR_CLOCK = 0x40021058, POWER_5 = 0x40007080 };
enum { MSION = 1 << 0, MSIRDY = 1 << 1, MSIRGSEL = 1 << 3, HSION = 1 << 8, HSIRDY = 1 << 10 };
enum { PLLON = 1 << 24, PLLRDY = 1 << 25 };

void family_reset(void)
{
    model_set(CR, 0x63);
    model_set(PLLCFGR, 0x1000);
    model_set(CFGR, 0);
    model_set(ACR, 0x600);
    model_set(POWER_5, 1 << 8);
}

/* HSI16 * 9 / 2 = 72 MHz: AN2606 tells the source, not the factors; MSI at 8 MHz, and USART1 and LPUART1 at HSI16 */
void family_go(void)
{
    model_set(PLLCFGR, 1u << 24 | 9u << 8 | 2u);
    model_set(CR, 7u << 4 | MSIRGSEL | MSION | MSIRDY | HSION | HSIRDY | PLLON | PLLRDY);
    model_set(CFGR, 3u << 2 | 3u);
    model_set(ACR, 0x604);
    model_set(CCIPR, 2u << 10 | 2u << 2 | 2u << 0);
}

static uint32_t source(void)
{
    return field(model_get(CFGR), 2, 2);
}

static uint32_t cr_written(uint32_t old, uint32_t value)
{
    value = keep(value, old, MSIRDY | HSIRDY | PLLRDY);
    value |= old & MSIRGSEL; /* only a reset clears it */
    value |= source() == 0 ? MSION : 0;
    value |= source() == 1 || (source() == 3 && field(model_get(PLLCFGR), 0, 2) == 2) ? HSION : 0;
    value |= source() == 3 ? PLLON : 0;
    if ((value & PLLON) && !(old & PLLON) && !(value & HSIRDY)) {
        model_fault("the PLL starts before its source is ready");
    }
    if (field(value, 4, 4) != field(old, 4, 4) && (old & MSION) && !(old & MSIRDY)) {
        model_fault("MSI's range changes before MSI is ready");
    }
    return value;
}

uint32_t family_written(uint32_t address, uint32_t old, uint32_t value)
{
    const uint32_t cr = model_get(CR);
    switch (address) {
    case CR: return cr_written(old, value);
    case PLLCFGR: {
        const uint32_t outputs = 1u << 24 | 1u << 20 | 1u << 16;
        return cr & (PLLON | PLLRDY) ? keep(value, old, ~outputs) : value;
    }
    case CFGR: {
        const uint32_t wanted = value & 3;
        const uint32_t pll = model_get(PLLCFGR) & 1u << 24 ? cr & PLLRDY : 0;
        const uint32_t ready[] = {cr & MSIRDY, cr & HSIRDY, 0, pll};
        if (ready[wanted] == 0) {
            model_fault("the core is switched to a clock that is not ready");
        }
        return keep(value, ready[wanted] ? wanted << 2 : old, 3u << 2);
    }
    case POWER_5: return model_get(PWR_CLOCK) & 1u << 28 ? value : old;
    default: return value;
    }
}

void family_polled(uint32_t address)
{
    if (address == CR) {
        uint32_t cr = model_get(CR);
        cr = with_flag(cr, MSIRDY, (cr & MSION) != 0);
        cr = with_flag(cr, HSIRDY, (cr & HSION) != 0);
        model_set(CR, with_flag(cr, PLLRDY, (cr & PLLON) != 0));
    }
}

static uint32_t msi_hz(uint32_t cr)
{
    static const uint32_t ranges[16] = {100000,  200000,  400000,   800000,   1000000,  2000000,
                                        4000000, 8000000, 16000000, 24000000, 32000000, 48000000};
    return cr & MSIRGSEL ? ranges[field(cr, 4, 4)] : 4000000;
}

clocks_t family_clocks(void)
{
    const uint32_t cfgr = model_get(CFGR), factors = model_get(PLLCFGR), cr = model_get(CR);
    clocks_t clocks = {.wait_states = field(model_get(ACR), 0, 4)};
    const uint32_t source_hz[] = {0, msi_hz(cr), 16000000, 0};
    const uint32_t input = source_hz[field(factors, 0, 2)] / (field(factors, 4, 3) + 1);
    const uint32_t vco = input * field(factors, 8, 7);
    if (cr & PLLON) {
        clocks.pll_input = input;
        clocks.vco = vco;
    }
    const uint32_t hz[] = {msi_hz(cr), 16000000, 0, vco / (2 * (field(factors, 25, 2) + 1))};
    clocks.sysclk = hz[source()];
    clocks.core = clocks.sysclk / ahb_divider(field(cfgr, 4, 4));
    clocks.flash = clocks.core;
    clocks.apb1 = clocks.core / apb_divider(field(cfgr, 8, 3));
    clocks.apb2 = clocks.core / apb_divider(field(cfgr, 11, 3));
    clocks.limit = model_get(POWER_5) & 1 << 8 ? 80000000 : 120000000;
    return clocks;
}

uint32_t family_link_hz(void)
{
    const int is_lpuart = LINK_UART_BASE == 0x40008000;
    const uint32_t select = field(model_get(CCIPR), is_lpuart ? 10 : LINK_UART_BASE == 0x40013800 ? 0 : 2, 2);
    const clocks_t clocks = family_clocks();
    const uint32_t bus = LINK_UART_BASE == 0x40013800 ? clocks.apb2 : clocks.apb1;
    const uint32_t hz[] = {bus, clocks.sysclk, 16000000, 32768};
    return hz[select];
}
