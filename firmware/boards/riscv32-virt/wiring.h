/* QEMU's virt with a RISC-V of 32 bits: what is where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#define BOARD_ID "riscv32-virt"
/* Nothing says how fast it would be. */
#define SYSCLK_HZ 0u
/* The timer counts instructions. */
enum { NANOSECONDS_PER_INSTRUCTION = 1, TICK_NUMERATOR = 1, TICK_SHIFT = 0 };

#include "riscv.h"

#endif
