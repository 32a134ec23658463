/* ADC1, 12 bits, one conversion at a time. Source: RM0444 */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

enum { ADC1_BASE = 0x40012400, ADEN = 1 << 0, ADSTART = 1 << 2, ADVREGEN = 1 << 28 };
enum { ISR_ADRDY = 1 << 0, ISR_EOC = 1 << 2, ISR_CCRDY = 1 << 13 };

#define ISR REGISTER(ADC1_BASE + 0x00)
#define CR REGISTER(ADC1_BASE + 0x08)

void board_analog_start(void)
{
    RCC_APBENR2 |= 1u << 20;
    /* CFGR2: a quarter of the bus clock, at most 35 MHz; LFTRIG, as readings lie more than 100 us apart. RM0444 */
    REGISTER(ADC1_BASE + 0x10) = 2u << 30 | 1u << 29;
    CR = ADVREGEN;
    for (int32_t i = 0; i < 1300; i++) {
        __asm volatile("nop"); /* 20 us for the regulator */
    }
    CR = ADVREGEN | 1u << 31; /* ADCAL */
    clock_wait(&CR, 1u << 31, 0);
    for (int32_t i = 0; i < 16; i++) {
        __asm volatile("nop"); /* 4 of its cycles; ADEN would be reset before */
    }
    REGISTER(ADC1_BASE + 0x14) = 6; /* SMPR: 79.5 cycles of sampling */
    ISR = ISR_ADRDY;
    CR = ADVREGEN | ADEN;
    clock_wait(&ISR, ISR_ADRDY, ISR_ADRDY);
}

uint32_t board_analog_read(uint8_t channel)
{
    ISR = ISR_CCRDY | ISR_EOC;
    REGISTER(ADC1_BASE + 0x28) = 1u << channel; /* CHSELR; another channel must arrive before the start */
    clock_wait(&ISR, ISR_CCRDY, ISR_CCRDY);
    CR = ADVREGEN | ADEN | ADSTART;
    if (!clock_wait(&ISR, ISR_EOC, ISR_EOC)) {
        return ANALOG_FAULT;
    }
    return REGISTER(ADC1_BASE + 0x40) & 0xFFF;
}
