/* What the linker script tells of the program in memory; only the addresses mean something. */
#ifndef PINFER_IMAGE_H
#define PINFER_IMAGE_H

#include <stdint.h>

extern uint32_t stack_bottom[], stack_top[];
extern uint32_t data_start[], data_end[], data_load[];
extern uint32_t bss_start[], bss_end[];
extern uint32_t arena_start[], arena_end[];
extern uint32_t image_start[], image_end[];
extern uint32_t flash_start[], flash_end[], ram_start[], ram_end[];

/* What start-up writes to all of the stack. */
enum { PAINT = 0x5AC3A53C };

#endif
