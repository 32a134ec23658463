/*
 * Rounds: what pins read becomes the network's input, and its output levels of pins. All of that but when, and what the
 * link does with pins: control.c includes it, and networks exported for others' projects have the same text between
 * callbacks (codegen/formats/printRounds.ts). src/pins/pinController.ts is the same on the host.
 *
 * Whoever includes it has pins.h, network_output, run_network, without windows give_input, and of board.h the functions of
 * pins.
 */
#ifndef PINFER_ROUNDS_H
#define PINFER_ROUNDS_H

enum { PIN_COUNT = PIN_INPUT_COUNT + PIN_OUTPUT_COUNT, NO_PIN = 0xFF, ANALOG_MAX = 4095 };

/* A pin as the link sees it: inputs first, then outputs. */
static struct {
    uint8_t level;    /* on the wire, or as the host set it */
    uint8_t is_set;   /* by the host, in the place of wire or program */
    uint16_t reading; /* digital inputs: debounced; analog: of the ADC; outputs: on or off */
    int16_t value;    /* of the network's input or output */
} pins[PIN_COUNT];

static debounced_t switches[PIN_INPUT_COUNT];
static int32_t present_class;
static uint32_t rounds;
static uint32_t analog_faults; /* readings that did not come in time */

static void drive(uint32_t output)
{
    board_pin_write(pin_outputs[output].pin, pins[PIN_INPUT_COUNT + output].level);
}

/* All are off, from the first moment. */
static void start_outputs(void)
{
    for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
        pins[PIN_INPUT_COUNT + i].level = pin_outputs[i].is_active_low;
        board_pin_output(pin_outputs[i].pin, pin_outputs[i].is_active_low);
    }
    if (PIN_TIMING != NO_PIN) {
        board_pin_output(PIN_TIMING, 0);
    }
}

static int16_t read_input(uint32_t index)
{
    const pin_input_t *input = &pin_inputs[index];
    if (input->kind == PIN_ANALOG) {
        if (!pins[index].is_set) {
            const uint32_t reading = board_analog_read(input->channel);
            if (reading <= ANALOG_MAX) {
                pins[index].reading = (uint16_t)reading;
            } else {
                analog_faults++;
            }
        }
        return (int16_t)scale_analog(pins[index].reading, &input->scale);
    }
    if (!pins[index].is_set) {
        pins[index].level = (uint8_t)board_pin_read(input->pin);
    }
    if (rounds == 0) {
        switches[index].level = pins[index].level;
    }
    pins[index].reading = debounce(&switches[index], pins[index].level, input->steady_readings);
    return pins[index].reading != input->is_active_low ? input->on : input->off;
}

static int is_on(uint32_t index, int was_on, const int8_t *values)
{
    const pin_output_t *output = &pin_outputs[index];
    return output->kind == PIN_CLASS ? present_class == output->element
                                     : is_on_at(was_on, values[output->element], output->on_from, output->off_below);
}

static void put(uint32_t index, int is_on_now, const int8_t *values)
{
    const pin_output_t *output = &pin_outputs[index];
    const uint32_t slot = PIN_INPUT_COUNT + index;
    pins[slot].reading = (uint16_t)is_on_now;
    pins[slot].value = values[output->element];
    if (!pins[slot].is_set) {
        pins[slot].level = is_on_now != output->is_active_low;
        drive(index);
    }
}

static void infer_timed(void)
{
    if (PIN_TIMING != NO_PIN) {
        board_pin_write(PIN_TIMING, 1);
    }
    run_network();
    if (PIN_TIMING != NO_PIN) {
        board_pin_write(PIN_TIMING, 0);
    }
}

#if defined(HAS_WINDOWS) && HAS_WINDOWS
static void read_moment(window_value_t *moment)
{
    for (uint32_t i = 0; i < PIN_INPUT_COUNT; i++) {
        pins[i].value = read_input(i);
        moment[i] = (window_value_t)pins[i].value;
    }
    rounds++;
}

static void judge(const int8_t *values, int8_t *are_on)
{
    present_class = choose_class(present_class, values, NETWORK_OUTPUT_BYTES, PIN_CLASS_HYSTERESIS);
    for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
        are_on[i] = (int8_t)is_on(i, are_on[i], values);
    }
}

static void drive_all(const int8_t *are_on, const int8_t *values)
{
    for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
        put(i, are_on[i], values);
    }
}

static void forget(void)
{
    rounds = 0;
    present_class = 0;
}
#else
static void run_round(void)
{
    for (uint32_t i = 0; i < PIN_INPUT_COUNT; i++) {
        pins[i].value = read_input(i);
        give_input(i, pins[i].value);
    }
    infer_timed();
    const int8_t *values = network_output();
    present_class = choose_class(present_class, values, NETWORK_OUTPUT_BYTES, PIN_CLASS_HYSTERESIS);
    for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
        put(i, is_on(i, pins[PIN_INPUT_COUNT + i].reading, values), values);
    }
    rounds++;
}
#endif

#endif
