/* Included before the driver of a family's flash: its registers and its flash are the model's. */
#ifndef PINFER_TEST_FLASH_REGISTERS_H
#define PINFER_TEST_FLASH_REGISTERS_H

#include <stdint.h>

#include "../../../firmware/cortexm/cortexm.h"

volatile uint32_t *model_register(uint32_t address);
volatile uint16_t *model_half_word(uintptr_t address);

#undef REGISTER
#undef HALF_WORD
#define REGISTER(address) (*model_register(address))
#define HALF_WORD(address) (*model_half_word(address))

#endif
