/* ADC1, 12 bits, one conversion at a time. Source: RM0351 */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

enum { ADC1_BASE = 0x50040000, ADEN = 1 << 0, ADSTART = 1 << 2, ADVREGEN = 1 << 28 };
enum { ISR_ADRDY = 1 << 0, ISR_EOC = 1 << 2 };

#define ISR REGISTER(ADC1_BASE + 0x00)
#define CR REGISTER(ADC1_BASE + 0x08)

void board_analog_start(void)
{
    RCC_AHB2ENR |= 1u << 13;
    REGISTER(ADC1_BASE + 0x308) = 3u << 16; /* CCR: a quarter of the bus clock, at most 80 MHz */
    CR = 0;                                 /* out of deep power-down */
    CR = ADVREGEN;
    for (int32_t i = 0; i < 3000; i++) {
        __asm volatile("nop"); /* 20 us for the regulator, at 120 MHz */
    }
    CR = ADVREGEN | 1u << 31; /* ADCAL */
    clock_wait(&CR, 1u << 31, 0);
    for (int32_t i = 0; i < 16; i++) {
        __asm volatile("nop"); /* 4 of its cycles; ADEN would be reset before */
    }
    REGISTER(ADC1_BASE + 0x14) = 05555555555; /* SMPR1, SMPR2: 92.5 cycles of sampling, 3 bits a channel */
    REGISTER(ADC1_BASE + 0x18) = 0555555555;
    ISR = ISR_ADRDY;
    CR = ADVREGEN | ADEN;
    clock_wait(&ISR, ISR_ADRDY, ISR_ADRDY);
}

static uint32_t convert(void)
{
    CR = ADVREGEN | ADEN | ADSTART;
    if (!clock_wait(&ISR, ISR_EOC, ISR_EOC)) {
        return ANALOG_FAULT;
    }
    return REGISTER(ADC1_BASE + 0x40) & 0xFFF;
}

uint32_t board_analog_read(uint8_t channel)
{
    REGISTER(ADC1_BASE + 0x30) = (uint32_t)channel << 6; /* SQR1: one conversion */
    convert(); /* a result more than 1 ms after the one before may be wrong; L4R5 errata §2.10.6 */
    return convert();
}
