/* Included before each file of the firmware: its registers are the model's, its instructions are nothing. */
#ifndef PINFER_TEST_REGISTERS_H
#define PINFER_TEST_REGISTERS_H

#include <stdint.h>

#include "../../../firmware/cortexm/cortexm.h"

volatile uint32_t *model_register(uint32_t address);

#undef REGISTER
#define REGISTER(address) (*model_register(address))

/* `__asm volatile("…")` becomes nothing; `volatile` without a bracket behind it stays. */
#define __asm
#define volatile(...) ((void)0)

#endif
