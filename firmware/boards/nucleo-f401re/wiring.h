/* ST Nucleo-F401RE: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32f4.h"

#define BOARD_ID "nucleo-f401re"

/* USART2 on PA2 and PA3 */
#define LINK_UART_BASE USART2_BASE
#define LINK_CLOCK_ENABLE RCC_APB1ENR
#define LINK_CLOCK_BIT (1u << 17)
enum {
    LINK_INTERRUPT = USART2_INTERRUPT,
    LINK_TX = PIN('A', 2),
    LINK_RX = PIN('A', 3),
    LINK_ALTERNATE = 7,
};

#define SYSCLK_HZ 84000000u
#define APB1_MAX_HZ 42000000u
#define APB2_MAX_HZ 84000000u
#define CRYSTAL_HZ 8000000u
#define CRYSTAL_IS_OSCILLATOR 1 /* the ST-LINK's */

#endif
