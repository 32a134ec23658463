/* ADC1, 12 bits, one conversion at a time. Source: RM0433 §25 */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

/* 64 MHz / 4: its own clock at 16 MHz, of which revision V takes half */
enum { ADC1_BASE = 0x40022000, ADEN = 1 << 0, ADSTART = 1 << 2, BOOST = 1 << 8, ADVREGEN = 1 << 28 };
enum { ISR_ADRDY = 1 << 0, ISR_EOC = 1 << 2 };

#define ISR REGISTER(ADC1_BASE + 0x00)
#define CR REGISTER(ADC1_BASE + 0x08)

void board_analog_start(void)
{
    RCC_AHB1ENR |= 1u << 5;
    RCC_D3CCIPR = (RCC_D3CCIPR & ~(3u << 16)) | 2u << 16; /* HSI, which runs */
    REGISTER(ADC1_BASE + 0x308) = 2u << 18;               /* CCR: a quarter of it */
    CR = 0;                                               /* out of deep power-down */
    CR = ADVREGEN | BOOST;
    for (int32_t i = 0; i < 8000; i++) {
        __asm volatile("nop"); /* 20 us for the regulator, at 400 MHz */
    }
    CR = ADVREGEN | BOOST | 1u << 31; /* ADCAL, of the offset */
    clock_wait(&CR, 1u << 31, 0);
    for (int32_t i = 0; i < 400; i++) {
        __asm volatile("nop"); /* 4 of its cycles; ADEN would be reset before */
    }
    REGISTER(ADC1_BASE + 0x0C) = 1u << 31 | 2u << 2; /* CFGR: 12 bits; no injected queue, as after reset */
    REGISTER(ADC1_BASE + 0x14) = 05555555555;        /* SMPR1, SMPR2: 64.5 cycles of sampling, 3 bits a channel */
    REGISTER(ADC1_BASE + 0x18) = 05555555555;
    ISR = ISR_ADRDY;
    CR = ADVREGEN | BOOST | ADEN;
    clock_wait(&ISR, ISR_ADRDY, ISR_ADRDY);
}

uint32_t board_analog_read(uint8_t channel)
{
    REGISTER(ADC1_BASE + 0x1C) = 1u << channel;           /* PCSEL */
    REGISTER(ADC1_BASE + 0x30) = (uint32_t)channel << 6; /* SQR1: one conversion */
    CR = ADVREGEN | BOOST | ADEN | ADSTART;
    if (!clock_wait(&ISR, ISR_EOC, ISR_EOC)) {
        return ANALOG_FAULT;
    }
    return REGISTER(ADC1_BASE + 0x40) & 0xFFF;
}
