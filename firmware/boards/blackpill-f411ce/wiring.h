/* WeAct Black Pill F411: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "stm32f4.h"

#define BOARD_ID "blackpill-f411ce"

/* USART1 on PA9 and PA10 */
#define LINK_UART_BASE USART1_BASE
#define LINK_CLOCK_ENABLE RCC_APB2ENR
#define LINK_CLOCK_BIT (1u << 4)
enum {
    LINK_INTERRUPT = USART1_INTERRUPT,
    LINK_TX = PIN('A', 9),
    LINK_RX = PIN('A', 10),
    LINK_ALTERNATE = 7,
};

#define SYSCLK_HZ 100000000u
#define APB1_MAX_HZ 50000000u
#define APB2_MAX_HZ 100000000u
#define PWR_VOS 3u /* scale 1, beyond 84 MHz; RM0383 §5.4.1 */
#define CRYSTAL_HZ 25000000u
#define CRYSTAL_IS_OSCILLATOR 0

#endif
