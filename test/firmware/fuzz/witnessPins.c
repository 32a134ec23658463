/* The pins' part of the witness: rounds as PROTOCOL.md and DESIGN.md tell of them, without control.c and signals.h. */
#include <stdlib.h>
#include <string.h>

#include "network.h"
#include "pins.h"
#include "witness.h"

enum { COUNT = PIN_INPUT_COUNT + PIN_OUTPUT_COUNT };

static struct {
    uint8_t is_set;
    uint16_t set_to;
    uint8_t level; /* of the latest round */
    uint32_t same; /* readings of that level, one after the other */
    uint16_t reading;
} pins[COUNT];

static int32_t present_class;
static uint32_t rounds;
static uint8_t readings[READINGS_SIZE];

void witness_pins_start(void)
{
    memset(pins, 0, sizeof pins);
    present_class = 0;
    rounds = 0;
    memset(readings, 0, sizeof readings);
}

static int is_analog(uint32_t index)
{
    return index < PIN_INPUT_COUNT && pin_inputs[index].kind == PIN_ANALOG;
}

void witness_pins_write(const uint8_t *request, int8_t status)
{
    const uint32_t index = request[0], what = request[1], value = request[2] | (uint32_t)request[3] << 8;
    if (index >= COUNT) {
        expect(status == -6, "no such pin");
        return;
    }
    const uint32_t most = what == 0 ? 0 : is_analog(index) ? 4095 : 1;
    const int is_right = what <= 1 && value <= most;
    expect(status == (is_right ? 0 : -7), "a pin's values");
    if (is_right) {
        pins[index].is_set = what == 1;
        pins[index].set_to = (uint16_t)value;
    }
}

/* The value of a digital input after the round's reading. */
static void read_level(uint32_t index, uint8_t level)
{
    const int is_first = rounds == 0;
    pins[index].same = is_first || level != pins[index].level ? 1 : pins[index].same + 1;
    pins[index].level = level;
    if (is_first || pins[index].same >= pin_inputs[index].steady_readings) {
        pins[index].reading = level;
    }
}

static void check_input(uint32_t index, const pin_seen_t *seen)
{
    const pin_input_t *input = &pin_inputs[index];
    if (is_analog(index)) {
        const uint16_t raw = pins[index].is_set ? pins[index].set_to : seen->analog;
        const double exact = -128 + 255.0 * raw / 4095; /* -64 to 63.5 in steps of 0.5 */
        const double off_by = seen->value - exact;
        expect(seen->reading == raw, "what the ADC gave");
        expect(off_by <= 0.625 && off_by >= -0.625, "an analog input's value");
        return;
    }
    read_level(index, (uint8_t)(pins[index].is_set ? pins[index].set_to : seen->wire));
    expect(seen->level == pins[index].level, "an input's level");
    expect(seen->reading == pins[index].reading, "a level that was steady");
    expect(seen->value == (pins[index].reading != input->is_active_low ? input->on : input->off), "an input's value");
}

static int is_on(uint32_t index, const int8_t *values)
{
    const pin_output_t *output = &pin_outputs[index];
    const int32_t value = values[output->element];
    if (output->kind == PIN_CLASS) {
        return present_class == output->element;
    }
    return value >= output->on_from || (pins[PIN_INPUT_COUNT + index].reading && value >= output->off_below);
}

static void check_round(const pin_seen_t *seen)
{
    uint8_t input[NETWORK_INPUT_BYTES];
    int8_t values[NETWORK_OUTPUT_BYTES];
    for (uint32_t i = 0; i < PIN_INPUT_COUNT; i++) {
        check_input(i, seen + i);
        input[i] = (uint8_t)seen[i].value;
    }
    witness_run(input, (uint8_t *)values);
    const int32_t other = 1 - present_class; /* there are two */
    if (values[other] - values[present_class] >= PIN_CLASS_HYSTERESIS) {
        present_class = other;
    }
    for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
        const uint32_t slot = PIN_INPUT_COUNT + i;
        pins[slot].reading = (uint16_t)is_on(i, values);
        pins[slot].level = pins[slot].reading != pin_outputs[i].is_active_low;
        expect(seen[slot].value == values[pin_outputs[i].element], "an output of the pins' own input");
        expect(seen[slot].reading == pins[slot].reading, "a decision");
        expect(pins[slot].is_set || seen[slot].level == pins[slot].level, "an output as it was decided");
    }
}

static void keep_readings(const pin_seen_t *seen, uint32_t ticks)
{
    uint8_t *next = readings;
    for (uint32_t i = 0; i < 4; i++) {
        next[i] = (uint8_t)(rounds >> 8 * i);
        next[4 + i] = (uint8_t)(ticks >> 8 * i);
    }
    for (next += 8; next < readings + sizeof readings; next += 6, seen++) {
        const uint8_t bytes[6] = {seen->level,
                                  seen->is_set,
                                  (uint8_t)seen->reading,
                                  (uint8_t)(seen->reading >> 8),
                                  (uint8_t)seen->value,
                                  (uint8_t)(seen->value >> 8)};
        memcpy(next, bytes, sizeof bytes);
    }
}

void witness_pins_check(const pin_seen_t *seen, uint32_t rounds_gone, uint32_t ticks)
{
    if (rounds_gone != rounds) {
        check_round(seen);
    }
    rounds = rounds_gone;
    for (uint32_t i = 0; i < COUNT; i++) {
        expect(seen[i].is_set == pins[i].is_set, "a pin is the host's until it is given back");
        const uint16_t held = is_analog(i) ? seen[i].reading : seen[i].level;
        expect(!pins[i].is_set || held == pins[i].set_to, "a set pin holds");
        expect(i < PIN_INPUT_COUNT || seen[i].wire == seen[i].level, "an output's wire");
    }
    keep_readings(seen, ticks);
}

const uint8_t *witness_pins_readings(void)
{
    return readings;
}
