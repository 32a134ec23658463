/*
 * A board for fuzzing: bytes come from the fuzzer, and so do, for firmware with pins, time and the levels of pins. What
 * the firmware does with each byte is judged by the witness before the next one.
 * The firmware is included, so that each input can start from the same state.
 */
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define main firmware_main
#include "main.c"
#undef main
#include "serve.c"
#include "batch.c"
#include "health.c"
#include "inference.c"
#include "link.c"
#if HAS_PINS
#include "control.c"
#endif
#if HAS_TEXT
void text_start(void); /* state.c */
#endif
#include "events.h"
#include "witness.h"

enum { END_OF_INPUT = 1, NEW_START };
/* Beyond it a text asked for more inferences than a fuzzer has time for. */
enum { MOST_READINGS_OF_TICKS = 2000 };

static const uint8_t *input, *input_end;
static jmp_buf outside;
static uint8_t answers[1 << 16];
static size_t answer_bytes;
static size_t flushed_bytes; /* of answers, when it was last waited for */
static uint32_t now, ticks_read;
static uint8_t wires[256]; /* levels of pins */
static uint16_t analog;    /* what the ADC gives */

#if HAS_PINS
static void check_pins(void)
{
    pin_seen_t seen[PIN_COUNT];
    for (uint32_t i = 0; i < PIN_COUNT; i++) {
        const int is_input = i < PIN_INPUT_COUNT;
        const uint8_t pin = is_input ? pin_inputs[i].pin : pin_outputs[i - PIN_INPUT_COUNT].pin;
        seen[i] = (pin_seen_t){.level = pins[i].level,
                               .is_set = pins[i].is_set,
                               .reading = pins[i].reading,
                               .value = pins[i].value,
                               .wire = wires[pin],
                               .analog = analog};
    }
    witness_pins_check(seen, rounds, latest_ticks);
    expect(wires[PIN_TIMING] == 0, "the timing pin is low when no network runs");
}
#else
enum { rounds = 0 };
static void check_pins(void) {}
#endif

static void check(void)
{
    const seen_t seen = {.answers = answers,
                         .answer_bytes = answer_bytes,
                         .now = now,
                         .inferences = inferences.count,
                         .rounds = rounds};
    expect(answer_bytes < sizeof answers, "an answer that ends");
    expect(flushed_bytes == answer_bytes, "what is said is waited for");
    witness_check(&seen);
    check_pins();
    answer_bytes = 0;
    flushed_bytes = 0;
}

void board_init(void) {}

const board_info_t *board_info(void)
{
    static const board_info_t info = {
        .id = "fuzz", .id_bytes = 4, .counter_kind = COUNTER_CYCLES, .counter_hz = 2000000};
    return &info;
}

/* Something that is no byte; 0: the firmware does not wake from it. */
static int happen(uint8_t event)
{
    const uint8_t what = event & EVENT_KIND, value = event & EVENT_VALUE;
    switch (what) {
    case EVENT_MILLISECONDS: now += value; return 1;
    case EVENT_TENTHS: now += 100u * value; return 1;
    case EVENT_DAYS: now += value * 0x04000000u; return 1;
    case EVENT_LATE: now += value; return 0; /* the next byte is there before a millisecond is over */
    case EVENT_ANALOG: analog = (uint16_t)(4095 * value / EVENT_VALUE); return 0;
    default:
#if HAS_PINS
        wires[pin_inputs[value % PIN_INPUT_COUNT].pin] ^= 1;
#endif
        return 0;
    }
}

int32_t board_receive(void)
{
    check();
    while (input < input_end) {
        const uint8_t byte = *input++;
        if (!HAS_PINS || byte != EVENT || (input < input_end && *input == EVENT)) {
            input += HAS_PINS && byte == EVENT;
            witness_receive(byte, now);
            return byte;
        }
        if (input < input_end && happen(*input++)) {
            witness_idle();
            return -1;
        }
    }
    longjmp(outside, END_OF_INPUT);
}

void board_send(uint8_t byte)
{
    if (answer_bytes < sizeof answers) {
        answers[answer_bytes++] = byte;
    }
}

void board_flush(void)
{
    flushed_bytes = answer_bytes;
}

uint32_t board_ticks(void)
{
    if (ticks_read++ == MOST_READINGS_OF_TICKS) {
        longjmp(outside, END_OF_INPUT);
    }
    return ticks_read * 0x01000003u;
}

uint32_t board_stack_used(void)
{
    return 0;
}

uint32_t board_receive_overruns(void)
{
    return 0;
}

int board_memory(uint32_t address, uint32_t size, const uint8_t **bytes)
{
    const int is_inside = address <= NETWORK_DESCRIPTION_BYTES && size <= NETWORK_DESCRIPTION_BYTES - address;
    *bytes = network_description + (is_inside ? address : 0);
    return is_inside;
}

uint8_t *board_spare_memory(uint32_t offset, uint32_t size)
{
    static _Alignas(4) uint8_t spare[2 * sizeof(inference_t) + 2048]; /* and a batch */
    return offset <= sizeof spare && size <= sizeof spare - offset ? spare + offset : 0;
}

_Noreturn void board_reset(void)
{
    longjmp(outside, NEW_START);
}

void board_start_clock(void) {}

uint32_t board_milliseconds(void)
{
    return now;
}

void board_pause_clock(void) {}

void board_resume_clock(void) {}

void board_pin_input(uint8_t pin, uint8_t pull)
{
    wires[pin] = pull == PIN_PULL_UP;
}

void board_pin_output(uint8_t pin, uint32_t is_high)
{
    board_pin_write(pin, is_high);
}

void board_pin_analog(uint8_t pin)
{
    (void)pin;
}

uint32_t board_pin_read(uint8_t pin)
{
    return wires[pin];
}

void board_pin_write(uint8_t pin, uint32_t is_high)
{
    expect(is_high <= 1, "a level");
    wires[pin] = (uint8_t)is_high;
}

void board_analog_start(void) {}

uint32_t board_analog_read(uint8_t channel)
{
    (void)channel;
    return analog;
}

void board_enter_fault(void) {}

/* As after a reset; time goes on. */
static void start_anew(void)
{
    answer_bytes = flushed_bytes = 0;
    memset(network_arena, 0, sizeof network_arena);
    memset(&receiver, 0, sizeof receiver);
    memset(&request, 0, sizeof request);
    memset(&layers, 0, sizeof layers);
    memset(&inferences, 0, sizeof inferences);
    memset(&batch, 0, sizeof batch);
#if NETWORK_STATE_BYTES > 0
    memset(&steps, 0, sizeof steps);
#endif
    layers.latest = -1;
    request_crc = 0;
    request_in_progress = 0;
    memset(wires, 0, sizeof wires);
#if HAS_PINS
    memset(pins, 0, sizeof pins);
    memset(switches, 0, sizeof switches);
    present_class = 0;
    latest_round = rounds = latest_ticks = lent_at = lent_after = 0;
    is_lent = 0;
    witness_pins_start();
#endif
#if HAS_TEXT
    text_start();
#endif
    witness_start();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input = bytes;
    input_end = bytes + size;
    now = 0;
    ticks_read = 0;
    analog = 0;
    const int reason = setjmp(outside);
    if (reason == NEW_START) {
        check();
    }
    if (reason != END_OF_INPUT) {
        start_anew();
        firmware_main();
    }
    return 0;
}
