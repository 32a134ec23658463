/* Arm MPS2 with AN505: what is where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#define BOARD_ID "mps2-an505"
#define SYSCLK_HZ 20000000u
#define UART_BASE 0x50200000u
#define TIMER_BASE 0x50000000u
enum { UART_INTERRUPT = 32 };
/* 50 ns of the timer's clock: 25 / 128 of an instruction */
enum { NANOSECONDS_PER_INSTRUCTION = 256, TICK_NUMERATOR = 25, TICK_SHIFT = 7 };

#include "cmsdk.h"

#endif
