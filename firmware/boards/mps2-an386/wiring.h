/* Arm MPS2 with AN386: what is where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#define BOARD_ID "mps2-an386"
#define SYSCLK_HZ 25000000u
#define UART_BASE 0x40004000u
#define TIMER_BASE 0x40000000u
enum { UART_INTERRUPT = 0 };
/* 40 ns of the timer's clock: 5 / 32 of an instruction */
enum { NANOSECONDS_PER_INSTRUCTION = 256, TICK_NUMERATOR = 5, TICK_SHIFT = 5 };

#include "cmsdk.h"

#endif
