/*
 * Reads pins, infers and drives pins, where the firmware was exported with a pin map; HAS_PINS is 1 then.
 */
#ifndef PINFER_CONTROL_H
#define PINFER_CONTROL_H

#include "link.h"

#if defined(HAS_PINS) && HAS_PINS
enum { HAS_CONTROL = 1 };
#include "signals.h"

void control_start(void);

/* One round, if it is time and nobody else has the network. Returns 1 when it was taken from a request for that. */
int control_poll(void);

/* A request has the network: its input comes in, or its layers run one by one. The pins wait until the next inference,
   but no longer than 3 s after the latest call. */
void control_lend(void);

/* Readings that the ADC did not give in time; the one before stands for each. */
uint32_t control_analog_faults(void);

/* Is a request of this type about pins? Then it has so many bytes. PROTOCOL.md has them. */
int control_knows(uint8_t type, uint32_t *bytes);
/* `word` is what the request carries. */
void control_answer(const link_header_t *header, uint32_t word);

#if defined(HAS_WINDOWS) && HAS_WINDOWS
#include "sampling.h"
#endif

#else
enum { HAS_CONTROL = 0 };

static inline void control_start(void) {}
static inline void control_lend(void) {}

static inline int control_poll(void)
{
    return 0;
}

static inline uint32_t control_analog_faults(void)
{
    return 0;
}

static inline int control_knows(uint8_t type, uint32_t *bytes)
{
    (void)type;
    (void)bytes;
    return 0;
}

static inline void control_answer(const link_header_t *header, uint32_t word)
{
    (void)header;
    (void)word;
}
#endif

/* The network sees windows of moments. */
#if !defined(HAS_WINDOWS) || !HAS_WINDOWS
static inline int sampling_knows(uint8_t type, uint32_t *bytes)
{
    (void)type;
    (void)bytes;
    return 0;
}

static inline int sampling_takes(uint32_t offset, uint8_t byte)
{
    (void)offset;
    (void)byte;
    return 0;
}

static inline void sampling_answer(const link_header_t *header, uint32_t word)
{
    (void)header;
    (void)word;
}
#endif

#endif
