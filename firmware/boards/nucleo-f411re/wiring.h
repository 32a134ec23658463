/* ST Nucleo-F411RE: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32f4.h"

#define BOARD_ID "nucleo-f411re"

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

#define SYSCLK_HZ 100000000u
#define APB1_MAX_HZ 50000000u
#define APB2_MAX_HZ 100000000u
#define PWR_VOS 3u /* scale 1, beyond 84 MHz; RM0383 §5.4.1 */
#define CRYSTAL_HZ 8000000u
#define CRYSTAL_IS_OSCILLATOR 1 /* the ST-LINK's */

#endif
