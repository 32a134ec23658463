/* ST Nucleo-L476RG: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32l4.h"

#define BOARD_ID "nucleo-l476rg"

/* USART2 on PA2 and PA3 */
#define LINK_UART_BASE USART2_BASE
#define LINK_CLOCK_ENABLE RCC_APB1ENR1
#define LINK_CLOCK_BIT (1u << 17)
enum {
    LINK_INTERRUPT = USART2_INTERRUPT,
    LINK_TX = PIN('A', 2),
    LINK_RX = PIN('A', 3),
    LINK_ALTERNATE = 7,
};

#define SYSCLK_HZ 80000000u
#define GPIO_HAS_ANALOG_SWITCH /* ASCR, of the STM32L47x only; RM0351 */

#endif
