/* The ADC, 12 bits, one conversion at a time, at the 48 MHz it is made for. Source: RP2040 datasheet §4.9 */
#include "board.h"
#include "rp2040.h"

enum {
    CS_ENABLE = 1 << 0,
    CS_START = 1 << 2,
    CS_READY = 1 << 8,
    CS_ERROR = 1 << 9,
    ADC_FROM_CRYSTAL = 3,
    CLOCK_ENABLE = 1 << 11
};

void board_analog_start(void)
{
    /* 12 MHz * 100 / 5 / 5; if it does not lock, the crystal: four times slower */
    const uint32_t source = pll_start(PLL_USB_BASE, RESET_PLL_USB, 100, 5, 5) ? 0 : ADC_FROM_CRYSTAL;
    CLK_ADC_CTRL = source << 5;
    CLK_ADC_DIV = 1 << 8;
    CLK_ADC_CTRL = source << 5 | CLOCK_ENABLE;
    restart(RESET_ADC);
    ADC_CS = CS_ENABLE;
    clock_wait(&ADC_CS, CS_READY, CS_READY);
}

uint32_t board_analog_read(uint8_t channel)
{
    ADC_CS = CS_ENABLE | CS_START | (uint32_t)channel << 12;
    if (!clock_wait(&ADC_CS, CS_READY, CS_READY) || (ADC_CS & CS_ERROR)) {
        return ANALOG_FAULT;
    }
    return ADC_RESULT & 0xFFF;
}
