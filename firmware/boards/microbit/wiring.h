/* BBC micro:bit: what is where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#define BOARD_ID "microbit"
#define SYSCLK_HZ 16000000u
/* 62.5 ns of the timer's clock: 125 / 512 of an instruction */
enum { NANOSECONDS_PER_INSTRUCTION = 256, TICK_NUMERATOR = 125, TICK_SHIFT = 9 };

#include "nrf51.h"

#endif
