/* ST Nucleo-L4R5ZI: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32l4.h"

#define BOARD_ID "nucleo-l4r5zi"

/* LPUART1 on PG7 and PG8 */
#define LINK_UART_BASE LPUART1_BASE
#define LINK_CLOCK_ENABLE RCC_APB1ENR2
#define LINK_CLOCK_BIT (1u << 0)
#define LINK_IS_LPUART
enum {
    LINK_INTERRUPT = LPUART1_INTERRUPT,
    LINK_TX = PIN('G', 7),
    LINK_RX = PIN('G', 8),
    LINK_ALTERNATE = 8,
};

#define SYSCLK_HZ 120000000u
/* PG2 to PG15 have a supply of their own, which must be called valid (IOSV); RM0432 */
#define GPIO_PREPARE() (PWR_CR2 |= 1u << 9)

#endif
