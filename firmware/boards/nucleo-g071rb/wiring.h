/* ST Nucleo-G071RB: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32g0.h"

#define BOARD_ID "nucleo-g071rb"

/* USART2 on PA2 and PA3 */
#define LINK_UART_BASE USART2_BASE
#define LINK_CLOCK_ENABLE RCC_APBENR1
#define LINK_CLOCK_BIT (1u << 17)
enum {
    LINK_INTERRUPT = USART2_INTERRUPT,
    LINK_TX = PIN('A', 2),
    LINK_RX = PIN('A', 3),
    LINK_ALTERNATE = 1,
};

#define SYSCLK_HZ 64000000u

#endif
