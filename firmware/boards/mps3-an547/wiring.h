/* Arm MPS3 with AN547: what is where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#define BOARD_ID "mps3-an547"
#define SYSCLK_HZ 32000000u
#define UART_BASE 0x59303000u
#define COUNTER_BASE 0x58100000u
enum { UART_INTERRUPT = 33 };
/* 31.25 ns of the timer's clock: 125 / 1024 of an instruction */
enum { NANOSECONDS_PER_INSTRUCTION = 256, TICK_NUMERATOR = 125, TICK_SHIFT = 10 };

#include "cmsdk.h"

#endif
