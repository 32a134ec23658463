/* ADC1, 12 bits, one conversion at a time. Source: RM0456 §33 */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

enum { ADC1_BASE = 0x42028000, ADEN = 1 << 0, ADSTART = 1 << 2, ADVREGEN = 1 << 28 };
enum { ISR_ADRDY = 1 << 0, ISR_EOC = 1 << 2 };

#define ISR REGISTER(ADC1_BASE + 0x00)
#define CR REGISTER(ADC1_BASE + 0x08)

void board_analog_start(void)
{
    RCC_AHB2ENR1 |= 1u << 10;
    RCC_CCIPR3 = (RCC_CCIPR3 & ~(7u << 12)) | 4u << 12; /* HSI16, undivided */
    CR = 0;                                             /* out of deep power-down */
    CR = ADVREGEN;
    for (int32_t i = 0; i < 4000; i++) {
        __asm volatile("nop"); /* 20 us for the regulator, at 160 MHz */
    }
    CR = ADVREGEN | 1u << 31; /* ADCAL, of the offset */
    clock_wait(&CR, 1u << 31, 0);
    for (int32_t i = 0; i < 64; i++) {
        __asm volatile("nop"); /* 4 of its cycles; ADEN would be reset before */
    }
    REGISTER(ADC1_BASE + 0x0C) = 1u << 31 | 1u << 2; /* CFGR1: 12 bits; no injected queue, as after reset */
    REGISTER(ADC1_BASE + 0x14) = 05555555555;        /* SMPR1, SMPR2: 68 cycles of sampling, 3 bits a channel */
    REGISTER(ADC1_BASE + 0x18) = 05555555555;
    ISR = ISR_ADRDY;
    CR = ADVREGEN | ADEN;
    clock_wait(&ISR, ISR_ADRDY, ISR_ADRDY);
}

uint32_t board_analog_read(uint8_t channel)
{
    REGISTER(ADC1_BASE + 0x1C) = 1u << channel;           /* PCSEL */
    REGISTER(ADC1_BASE + 0x30) = (uint32_t)channel << 6; /* SQR1: one conversion */
    CR = ADVREGEN | ADEN | ADSTART;
    if (!clock_wait(&ISR, ISR_EOC, ISR_EOC)) {
        return ANALOG_FAULT;
    }
    return REGISTER(ADC1_BASE + 0x40) & 0xFFF;
}
