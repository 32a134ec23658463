/* When there is a round of reading pins, inferring and driving pins, and what the link does with pins. */
#include "control.h"

#include "board.h"
#include "inference.h"
#include "messages.h"
#include "names.h"
#include "pins.h"

enum { RELEASE = 0, SET = 1 };
enum { MESSAGE_DESCRIBE_PINS = 0x20, MESSAGE_READ_PINS = 0x21, MESSAGE_WRITE_PIN = 0x22 };
enum { LENT_MS = 3000 }; /* longer than a host waits before it asks again */

#if defined(HAS_WINDOWS) && HAS_WINDOWS
#include "windows.h"
enum { MOMENTS = WINDOW_MOMENTS };
#else
enum { MOMENTS = 1 };

static void give_input(uint32_t index, int16_t value)
{
    network_input()[index] = value;
}
#endif

_Static_assert(MOMENTS * PIN_INPUT_COUNT * sizeof *network_input() == NETWORK_INPUT_BYTES, "pins.h is of this network");

static uint32_t latest_ticks;

static void run_network(void)
{
    latest_ticks = infer();
}

#include "rounds.h"

static uint8_t is_lent;
static uint32_t lent_at, lent_after; /* ms; inferences: one more, whoever asked for it, ends it */

void control_start(void)
{
    uint32_t has_analog = 0;
    for (uint32_t i = 0; i < PIN_INPUT_COUNT; i++) {
        const pin_input_t *input = &pin_inputs[i];
        if (input->kind == PIN_ANALOG) {
            board_pin_analog(input->pin);
            has_analog = 1;
        } else {
            board_pin_input(input->pin, input->pull);
        }
    }
    if (has_analog) {
        board_analog_start();
    }
    start_outputs();
    board_start_clock();
}

#if defined(HAS_WINDOWS) && HAS_WINDOWS
void control_read_moment(window_value_t *moment)
{
    read_moment(moment);
}

void control_infer(void)
{
    infer_timed();
}

void control_judge(const int8_t *values, int8_t *are_on)
{
    judge(values, are_on);
}

void control_drive(const int8_t *are_on, const int8_t *values)
{
    drive_all(are_on, values);
}

uint8_t control_level(uint32_t output)
{
    return pins[PIN_INPUT_COUNT + output].level;
}

int control_can_set(uint32_t input, uint32_t reading)
{
    return reading <= (pin_inputs[input].kind == PIN_ANALOG ? (uint32_t)ANALOG_MAX : 1);
}

void control_set(uint32_t input, uint32_t reading)
{
    if (pin_inputs[input].kind == PIN_ANALOG) {
        pins[input].reading = (uint16_t)reading;
    } else {
        pins[input].level = (uint8_t)reading;
    }
    pins[input].is_set = 1;
}

void control_forget(void)
{
    forget();
}

static int is_due(void)
{
    return sampling_is_due();
}

static void run_due(void)
{
    sampling_run();
}
#else
static uint32_t latest_round;

static int is_due(void)
{
    return rounds == 0 || board_milliseconds() - latest_round >= PIN_EVERY_MS;
}

static void run_due(void)
{
    run_round();
    latest_round = board_milliseconds();
}
#endif

uint32_t control_analog_faults(void)
{
    return analog_faults;
}

int control_poll(void)
{
    if (!is_due()) {
        return 0;
    }
    const int has_request = is_lent && lent_after == latest_inference()->count;
    if (has_request && board_milliseconds() - lent_at < LENT_MS) {
        return 0;
    }
    is_lent = 0;
    run_due();
    return has_request;
}

void control_lend(void)
{
    is_lent = 1;
    lent_at = board_milliseconds();
    lent_after = latest_inference()->count;
}

static void describe(const link_header_t *header)
{
    const uint8_t counts[3] = {PIN_INPUT_COUNT, PIN_OUTPUT_COUNT, PIN_TIMING};
    link_answer_begin(header, 0, 5 + 3 * PIN_INPUT_COUNT + 5 * PIN_OUTPUT_COUNT);
    link_send_u16(PIN_EVERY_MS);
    link_send_bytes(counts, sizeof counts);
    for (uint32_t i = 0; i < PIN_INPUT_COUNT; i++) {
        const uint8_t input[3] = {pin_inputs[i].pin, pin_inputs[i].kind, pin_inputs[i].is_active_low};
        link_send_bytes(input, sizeof input);
    }
    for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
        const uint8_t output[3] = {pin_outputs[i].pin, pin_outputs[i].kind, pin_outputs[i].is_active_low};
        link_send_bytes(output, sizeof output);
        link_send_u16(pin_outputs[i].element);
    }
    link_send_end();
}

static void send_readings(const link_header_t *header)
{
    link_answer_begin(header, 0, 8 + 6 * PIN_COUNT);
    link_send_u32(rounds);
    link_send_u32(latest_ticks);
    for (uint32_t i = 0; i < PIN_COUNT; i++) {
        const uint8_t bytes[2] = {pins[i].level, pins[i].is_set};
        link_send_bytes(bytes, sizeof bytes);
        link_send_u16(pins[i].reading);
        link_send_u16((uint16_t)pins[i].value);
    }
    link_send_end();
}

static int32_t write_pin(uint32_t request)
{
    const uint32_t index = request & 0xFF, what = request >> 8 & 0xFF, value = request >> 16;
    if (index >= PIN_COUNT) {
        return ERROR_NO_SUCH_PIN;
    }
    const int is_analog = index < PIN_INPUT_COUNT && pin_inputs[index].kind == PIN_ANALOG;
    if (what > SET || value > (what == RELEASE ? 0 : is_analog ? ANALOG_MAX : 1)) {
        return ERROR_PIN_VALUE;
    }
    pins[index].is_set = what == SET;
    if (what == RELEASE) {
        return 0; /* wire and program have it again from the next round on */
    }
    if (is_analog) {
        pins[index].reading = (uint16_t)value;
    } else {
        pins[index].level = (uint8_t)value;
    }
    if (index >= PIN_INPUT_COUNT) {
        drive(index - PIN_INPUT_COUNT);
    }
    return 0;
}

int control_knows(uint8_t type, uint32_t *bytes)
{
    if (sampling_knows(type, bytes)) {
        return 1;
    }
    *bytes = type == MESSAGE_WRITE_PIN ? 4 : 0;
    return type >= MESSAGE_DESCRIBE_PINS && type <= MESSAGE_WRITE_PIN;
}

static void handle_write(const link_header_t *header, uint32_t word)
{
    link_answer_status(header, write_pin(word));
}

void control_answer(const link_header_t *header, uint32_t word)
{
    switch (header->type) {
    case MESSAGE_DESCRIBE_PINS: describe(header); break;
    case MESSAGE_READ_PINS: send_readings(header); break;
    case MESSAGE_WRITE_PIN: handle_write(header, word); break;
    default: sampling_answer(header, word);
    }
}
