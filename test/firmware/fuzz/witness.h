/*
 * What a device must answer, worked out from PROTOCOL.md beside the firmware and without its code: every byte that
 * comes in goes through here too, and what the firmware did with it is judged before the next one.
 */
#ifndef PINFER_WITNESS_H
#define PINFER_WITNESS_H

#include <stddef.h>
#include <stdint.h>

/* What is known of the firmware after a byte, or a millisecond without one. */
typedef struct {
    const uint8_t *answers; /* since the byte before */
    size_t answer_bytes;
    uint32_t now; /* milliseconds */
    uint32_t inferences, rounds;
} seen_t;

/* Of READ_PINS, as PROTOCOL.md has it. */
enum { READINGS_SIZE = 8 + 6 * 6 };

void witness_start(void);
/* A byte goes to the firmware, or with `idle` none. */
void witness_receive(uint8_t byte, uint32_t now);
void witness_idle(void);
void witness_check(const seen_t *seen);

#if HAS_PINS
void witness_pins_start(void);
/* The firmware's pins: levels, and those on the wire; `rounds` have gone. */
typedef struct {
    uint8_t level, is_set;
    uint16_t reading;
    int16_t value;
    uint8_t wire;   /* digital pins */
    uint16_t analog; /* what the ADC would give */
} pin_seen_t;
void witness_pins_check(const pin_seen_t *pins, uint32_t rounds, uint32_t ticks);
/* The host's request to write a pin was answered. */
void witness_pins_write(const uint8_t *request, int8_t status);
/* What READ_PINS must answer before anything else happens. */
const uint8_t *witness_pins_readings(void);
#endif

/* The network of the examples. */
void witness_run(const uint8_t *input, uint8_t *output);

/* What layer 0 or 1 of it makes of what layer 0 was given; gives its size. */
uint32_t witness_layer(int layer, const uint8_t *given, uint8_t *output);

/* Steps of a network that keeps states: what their sizes are answered with, bytes of single layers that take the states
   away, and a whole request with its answer. */
int witness_step_size_error(uint32_t size);
void witness_step_forget(int is_layer);
void witness_step_start(void);
void witness_step(const uint8_t *words, uint32_t asked, uint32_t crc, int status, const uint8_t *answer, uint32_t size);

/* Little-endian. */
uint32_t u32(const uint8_t *bytes);
uint32_t crc_of(const uint8_t *bytes, uint32_t count);

/* Lines of ASCII, the last of them m-ready; nothing from firmware without the text protocol. */
void expect_text(const uint8_t *text, size_t size);

/* Ends the program, with `why` on standard error. */
void expect(int is_true, const char *why);

#endif
