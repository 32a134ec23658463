/* ST B-L475E-IOT01A: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32l4.h"

#define BOARD_ID "b-l475e-iot01a"

/* USART1 on PB6 and PB7 */
#define LINK_UART_BASE USART1_BASE
#define LINK_CLOCK_ENABLE RCC_APB2ENR
#define LINK_CLOCK_BIT (1u << 14)
enum {
    LINK_INTERRUPT = USART1_INTERRUPT,
    LINK_TX = PIN('B', 6),
    LINK_RX = PIN('B', 7),
    LINK_ALTERNATE = 7,
};

#define SYSCLK_HZ 80000000u
#define GPIO_HAS_ANALOG_SWITCH /* ASCR, of the STM32L47x only; RM0351 */

#endif
