/* Clock tree of STM32H7. Source: RM0433 §8.5, §8.7.1 to §8.7.13, §8.7.21, §6.6.2, §6.8.4, table 17; CMSIS header. */
#include "model.h"
#include "stm32.h"
#include "wiring.h"

enum { CR = 0x58024400, CFGR = 0x58024410, D1 = 0x58024418, D2 = 0x5802441C, CKSEL = 0x58024428 };
enum { PLLS = 0x5802442C, FACTORS = 0x58024430, KERNEL = 0x58024454, ACR = 0x52002000 };
enum { SUPPLY = 0x5802480C, SUPPLY_READY = 0x58024804, SCALE = 0x58024818, SCALE_READY = 1 << 13 };
enum { HSION = 1 << 0, HSIRDY = 1 << 2, HSEON = 1 << 16, HSERDY = 1 << 17, HSEBYP = 1 << 18 };
enum { PLLON = 1 << 24, PLLRDY = 1 << 25 };

static int supply_is_said;

void family_reset(void)
{
    model_set(CR, 0x25);
    model_set(CKSEL, 0x02020200);
    model_set(PLLS, 0x01FF0000);
    model_set(FACTORS, 0x01010280);
    model_set(ACR, 0x37);
    model_set(SUPPLY, 0x6);
    model_set(SCALE, 1 << 14 | SCALE_READY);
}

/* HSI / 4 * 25 / 4 = 100 MHz; the source is AN2606's, the factors are not. USART2 and 3 at HSI. */
void family_go(void)
{
    supply_is_said = YES;
    model_set(SUPPLY, 0x2);
    model_set(SUPPLY_READY, 1 << 13);
    model_set(CKSEL, 4u << 4);
    model_set(PLLS, 1u << 16 | 3u << 2);
    model_set(FACTORS, 24u | 3u << 9);
    model_set(CR, 0x25 | PLLON | PLLRDY);
    model_set(CFGR, 3u << 3 | 3u);
    model_set(KERNEL, 3);
}

static uint32_t source(void)
{
    return field(model_get(CFGR), 3, 3);
}

static int uses_crystal(void)
{
    return source() == 2 || (source() == 3 && field(model_get(CKSEL), 0, 2) == 2);
}

static uint32_t cr_written(uint32_t old, uint32_t value)
{
    value = keep(value, old, HSIRDY | HSERDY | PLLRDY | (old & HSEON ? HSEBYP : 0));
    value |= uses_crystal() ? HSEON : 0;
    value |= source() == 3 ? PLLON : 0;
    value |= source() == 0 || (source() == 3 && !uses_crystal()) ? HSION : 0;
    if ((value & PLLON) && !(old & PLLON)) {
        const uint32_t selected = field(model_get(CKSEL), 0, 2);
        if (!(selected == 2 ? value & HSERDY : selected == 0 ? value & HSIRDY : 0)) {
            model_fault("the PLL starts before its source is ready");
        }
    }
    return value;
}

uint32_t family_written(uint32_t address, uint32_t old, uint32_t value)
{
    const uint32_t cr = model_get(CR);
    switch (address) {
    case CR: return cr_written(old, value);
    case CKSEL:
    case PLLS:
    case FACTORS: return cr & (PLLON | PLLRDY) ? old : value;
    case CFGR: {
        const uint32_t wanted = value & 7;
        const int is_ready = wanted == 0   ? (cr & HSIRDY) != 0
                             : wanted == 2 ? (cr & HSERDY) != 0
                             : wanted == 3 ? (cr & PLLRDY) && (model_get(PLLS) & 1u << 16)
                                           : NO;
        if (!is_ready) {
            model_fault("the core is switched to a clock that is not ready");
        }
        return keep(value, is_ready ? wanted << 3 : old, 7u << 3);
    }
    case SUPPLY: /* once; then the voltage may change */
        if (supply_is_said) {
            return old;
        }
        supply_is_said = YES;
        model_set(SUPPLY_READY, 1 << 13);
        return value;
    case SCALE: return supply_is_said ? value & ~(uint32_t)SCALE_READY : old;
    default: return value;
    }
}

void family_polled(uint32_t address)
{
    if (address == SCALE) {
        model_set(SCALE, model_get(SCALE) | SCALE_READY);
    }
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
    static const uint32_t megahertz[4] = {200, 200, 300, 400}; /* of the scales; 0 is reserved here */
    const uint32_t factors = model_get(FACTORS), select = model_get(CKSEL), d1 = model_get(D1), d2 = model_get(D2);
    const uint32_t acr = model_get(ACR), hsi = 64000000u >> field(model_get(CR), 3, 2);
    clocks_t clocks = {.wait_states = field(acr, 0, 4)};
    const uint32_t divider = field(select, 4, 6);
    const uint32_t input = divider == 0 ? 0 : (field(select, 0, 2) == 2 ? CRYSTAL_HZ : hsi) / divider;
    const uint32_t vco = input * (field(factors, 0, 9) + 1);
    if (model_get(CR) & PLLON) {
        clocks.pll_input = input;
        clocks.vco = vco;
        static const uint32_t ranges[] = {1000000, 2000000, 4000000, 8000000, 16000000};
        const uint32_t range = field(model_get(PLLS), 2, 2);
        if (input < ranges[range] || input > ranges[range + 1]) {
            model_fault("PLL1RGE is not the range of the PLL's input");
        }
    }
    const uint32_t hz[8] = {[0] = hsi, [2] = CRYSTAL_HZ, [3] = vco / (field(factors, 9, 7) + 1)};
    clocks.sysclk = hz[source()];
    clocks.core = clocks.sysclk / ahb_divider(field(d1, 8, 4));
    clocks.flash = clocks.core / ahb_divider(field(d1, 0, 4));
    clocks.apb1 = clocks.flash / apb_divider(field(d2, 4, 3));
    clocks.apb2 = clocks.flash / apb_divider(field(d2, 8, 3));
    clocks.limit = 1000000 * megahertz[field(model_get(SCALE), 14, 2)];
    if (clocks.flash > 185000000 && field(acr, 4, 2) < 2) {
        model_fault("WRHIGHFREQ is too low for the flash's clock");
    }
    return clocks;
}

uint32_t family_link_hz(void)
{
    const uint32_t select = field(model_get(KERNEL), LINK_UART_BASE == 0x40011000 ? 3 : 0, 3);
    return select == 0 ? family_clocks().apb1 : select == 3 ? 64000000u >> field(model_get(CR), 3, 2) : 0;
}
