/* Included before the driver of an STM32's flash: its registers and its flash are the model's. */
#ifndef PINFER_TEST_STM32_REGISTERS_H
#define PINFER_TEST_STM32_REGISTERS_H

#include <stdint.h>

#include "../../../firmware/cortexm/cortexm.h"

enum { MODEL_BYTES = 2 << 20 };
extern uint8_t model_flash[MODEL_BYTES];
/* Where the flash of the chip that is asked for ends. */
extern uint8_t *model_end;
volatile uint32_t *model_register(uint32_t address);
volatile uint32_t *model_word(uintptr_t address);
extern int model_faults_are_off;

#undef REGISTER
#define REGISTER(address) (*model_register(address))
#define FLASH_WORD(address) (*model_word(address))
#define FLASH_BASE ((uintptr_t)model_flash)
#define FLASH_BARRIER() ((void)0)
#define FAULTS_OFF() (model_faults_are_off = 1)
#define FAULTS_ON() (model_faults_are_off = 0)
#define flash_end model_end

#endif
