/* ADC1, 12 bits, one conversion at a time. Source: RM0090 §13.13. */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

enum { ADC1_BASE = 0x40012000, CR2_ADON = 1 << 0, CR2_SWSTART = 1 << 30, SR_EOC = 1 << 1 };

void board_analog_start(void)
{
    RCC_APB2ENR |= 1u << 8;
    REGISTER(ADC1_BASE + 0x304) = 1u << 16; /* CCR: APB2 / 4, at most 36 MHz */
    REGISTER(ADC1_BASE + 0x0C) = 0666666666u; /* SMPR1, SMPR2: 144 cycles of sampling, 3 bits a channel */
    REGISTER(ADC1_BASE + 0x10) = 06666666666u;
    REGISTER(ADC1_BASE + 0x2C) = 0; /* SQR1: one conversion */
    REGISTER(ADC1_BASE + 0x08) = CR2_ADON;
    for (int32_t i = 0; i < 200; i++) {
        __asm volatile("nop"); /* 3 us to settle, at 168 MHz; DS8626 */
    }
}

uint32_t board_analog_read(uint8_t channel)
{
    REGISTER(ADC1_BASE + 0x34) = channel; /* SQR3 */
    REGISTER(ADC1_BASE + 0x08) = CR2_ADON | CR2_SWSTART;
    if (!clock_wait(&REGISTER(ADC1_BASE + 0x00), SR_EOC, SR_EOC)) {
        return ANALOG_FAULT;
    }
    return REGISTER(ADC1_BASE + 0x4C) & 0xFFF;
}
