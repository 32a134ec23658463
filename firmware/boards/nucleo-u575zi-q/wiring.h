/* ST Nucleo-U575ZI-Q: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32u5.h"

#define BOARD_ID "nucleo-u575zi-q"

/* USART1 on PA9 and PA10 */
#define LINK_UART_BASE USART1_BASE
#define LINK_CLOCK_ENABLE RCC_APB2ENR
#define LINK_CLOCK_BIT (1u << 14)
enum {
    LINK_INTERRUPT = USART1_INTERRUPT,
    LINK_TX = PIN('A', 9),
    LINK_RX = PIN('A', 10),
    LINK_ALTERNATE = 7,
};

#define SYSCLK_HZ 160000000u

#endif
