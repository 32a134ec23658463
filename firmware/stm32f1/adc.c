/* ADC1, 12 bits, one conversion at a time. Source: RM0008 */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

enum { ADC1_BASE = 0x40012400, ADON = 1 << 0, CAL = 1 << 2, RSTCAL = 1 << 3, START_BY_SOFTWARE = 0xF << 17 };
enum { SWSTART = 1 << 22, SR_EOC = 1 << 1 };

#define CR2 REGISTER(ADC1_BASE + 0x08)

void board_analog_start(void)
{
    RCC_APB2ENR |= 1u << 9;
    REGISTER(ADC1_BASE + 0x0C) = 066666666; /* SMPR1, SMPR2: 71.5 cycles of sampling, 3 bits a channel */
    REGISTER(ADC1_BASE + 0x10) = 06666666666;
    REGISTER(ADC1_BASE + 0x2C) = 0; /* SQR1: one conversion */
    CR2 = ADON;
    for (int32_t i = 0; i < 50; i++) {
        __asm volatile("nop"); /* a microsecond to settle; two of its own cycles before calibration. RM0008 §11.4 */
    }
    CR2 = ADON | RSTCAL;
    clock_wait(&CR2, RSTCAL, 0);
    CR2 = ADON | CAL;
    clock_wait(&CR2, CAL, 0);
    CR2 = ADON | START_BY_SOFTWARE;
}

uint32_t board_analog_read(uint8_t channel)
{
    REGISTER(ADC1_BASE + 0x34) = channel; /* SQR3 */
    CR2 = ADON | START_BY_SOFTWARE | SWSTART;
    if (!clock_wait(&REGISTER(ADC1_BASE + 0x00), SR_EOC, SR_EOC)) {
        return ANALOG_FAULT;
    }
    return REGISTER(ADC1_BASE + 0x4C) & 0xFFF;
}
