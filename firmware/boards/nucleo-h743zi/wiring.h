/* ST Nucleo-H743ZI: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32h7.h"

#define BOARD_ID "nucleo-h743zi"

/* USART3 on PD8 and PD9 */
#define LINK_UART_BASE USART3_BASE
#define LINK_CLOCK_ENABLE RCC_APB1LENR
#define LINK_CLOCK_BIT (1u << 18)
enum {
    LINK_INTERRUPT = USART3_INTERRUPT,
    LINK_TX = PIN('D', 8),
    LINK_RX = PIN('D', 9),
    LINK_ALTERNATE = 7,
};

#define SYSCLK_HZ 400000000u
#define CRYSTAL_HZ 8000000u
#define CRYSTAL_IS_OSCILLATOR 1 /* the ST-LINK's */

#endif
