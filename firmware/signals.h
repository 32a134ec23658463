/*
 * What happens between a pin and the network: the C twin of src/pins/signals.ts, where the functions are explained.
 */
#ifndef PINFER_SIGNALS_H
#define PINFER_SIGNALS_H

#include <stdint.h>

typedef struct {
    uint8_t level;
    uint16_t changed_readings;
} debounced_t;

static inline uint8_t debounce(debounced_t *state, uint8_t reading, uint16_t steady_readings)
{
    if (reading == state->level) {
        state->changed_readings = 0;
    } else {
        state->changed_readings++;
        if (state->changed_readings >= steady_readings) {
            state->level = reading;
            state->changed_readings = 0;
        }
    }
    return state->level;
}

typedef struct {
    int32_t factor;
    int32_t offset;
    uint8_t right_shift; /* 1..30 */
    int16_t min;
    int16_t max;
} analog_scale_t;

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

static inline int32_t scale_analog(int32_t raw, const analog_scale_t *scale)
{
    const int32_t value =
        (raw * scale->factor + scale->offset + ((int32_t)1 << (scale->right_shift - 1))) >> scale->right_shift;
    return value < scale->min ? scale->min : value > scale->max ? scale->max : value;
}

static inline int is_on_at(int was_on, int32_t value, int32_t on_from, int32_t off_below)
{
    return value >= (was_on ? off_below : on_from);
}

static inline int32_t choose_class(int32_t present, const int8_t *values, int32_t count, int32_t hysteresis)
{
    int32_t best = 0;
    for (int32_t i = 1; i < count; i++) {
        if (values[i] > values[best]) {
            best = i;
        }
    }
    return best != present && values[best] - values[present] >= hysteresis ? best : present;
}

#endif
