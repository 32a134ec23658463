/*
 * Reads pins by a clock and runs the network on windows of what they read, where a pin map has them; HAS_WINDOWS is 1
 * then.
 */
#ifndef PINFER_SAMPLING_H
#define PINFER_SAMPLING_H

#include <stdint.h>

#include "link.h"
#include "windows.h"

/* Is a window whole, of which the network has not been told? Then it can be run. */
int sampling_is_due(void);
void sampling_run(void);

/* As those of control.h. */
int sampling_knows(uint8_t type, uint32_t *bytes);
void sampling_answer(const link_header_t *header, uint32_t word);
/* Is a byte of the request, at `offset` of its payload, of the readings it brings? */
int sampling_takes(uint32_t offset, uint8_t byte);

/* Of control.c: what pins read, as values of the network's input. */
void control_read_moment(window_value_t *moment);
void control_infer(void);
/* Which output pins this result is for; `are_on` has those of the one before. */
void control_judge(const int8_t *values, int8_t *are_on);
void control_drive(const int8_t *are_on, const int8_t *values);
uint8_t control_level(uint32_t output);
/* Can an input read this? Then it may be put in the place of the wire. */
int control_can_set(uint32_t input, uint32_t reading);
void control_set(uint32_t input, uint32_t reading);
/* Nothing has been read yet. */
void control_forget(void);

#endif
