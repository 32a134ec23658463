/*
 * Reads pins, infers and drives pins, where the firmware was exported with a pin map; HAS_PINS is 1 then.
 */
#ifndef PINFER_CONTROL_H
#define PINFER_CONTROL_H

#include "link.h"
#include "signals.h"

enum { PIN_DIGITAL = 0, PIN_ANALOG = 1 };
enum { PIN_THRESHOLD = 0, PIN_CLASS = 1 };

/* One for each value of the network's input. */
typedef struct {
    uint8_t pin; /* as in board.h */
    uint8_t kind;
    uint8_t pull;
    uint8_t is_active_low;
    uint16_t steady_readings;
    int16_t off;
    int16_t on;
    uint8_t channel;
    analog_scale_t scale;
} pin_input_t;

typedef struct {
    uint8_t pin;
    uint8_t kind;
    uint8_t is_active_low;
    uint16_t element; /* which of the network's outputs */
    int16_t on_from;
    int16_t off_below;
} pin_output_t;

void control_start(void);

/* One round, if it is time and nobody else has the network. */
void control_poll(void);

/* The answers; PROTOCOL.md has the bytes. */
void control_describe(const link_header_t *header);
void control_read(const link_header_t *header);
/* 0, or an error of PROTOCOL.md; `value` is of the request: one byte pin, one byte what to do, two bytes value. */
int32_t control_write(uint32_t value);

#endif
