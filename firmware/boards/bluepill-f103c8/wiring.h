/* Blue Pill F103C8: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32f1.h"

#define BOARD_ID "bluepill-f103c8"

/* USART1 on PA9 and PA10 */
#define LINK_UART_BASE USART1_BASE
#define LINK_CLOCK_ENABLE RCC_APB2ENR
#define LINK_CLOCK_BIT (1u << 14)
enum {
    LINK_INTERRUPT = USART1_INTERRUPT,
    LINK_TX = PIN('A', 9),
    LINK_RX = PIN('A', 10),
};

#define SYSCLK_HZ 72000000u
#define APB1_MAX_HZ 36000000u
#define APB2_MAX_HZ 72000000u
#define CRYSTAL_HZ 8000000u
#define CRYSTAL_IS_OSCILLATOR 0

#endif
