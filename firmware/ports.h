/*
 * All inputs and all outputs: on the line, and wherever they are kept, they lie behind each other in their order.
 */
#ifndef PINFER_PORTS_H
#define PINFER_PORTS_H

#include <stdint.h>

#include "board.h"
#include "link.h"
#include "messages.h"
#include "names.h"

#if defined(NETWORK_INPUT_COUNT)
static inline void set_inputs(const uint8_t *from)
{
    for (int32_t i = 0; i < NETWORK_INPUT_COUNT; i++) {
        uint32_t bytes;
        int8_t *input = network_input_at(i, &bytes);
        copy_bytes(input, from, bytes);
        from += bytes;
    }
}

static inline void keep_inputs(uint8_t *to)
{
    for (int32_t i = 0; i < NETWORK_INPUT_COUNT; i++) {
        uint32_t bytes;
        const int8_t *input = network_input_at(i, &bytes);
        copy_bytes(to, input, bytes);
        to += bytes;
    }
}

/* One byte, at its place among those of all inputs. */
static inline void set_input_byte(uint32_t offset, uint8_t byte)
{
    for (int32_t i = 0; i < NETWORK_INPUT_COUNT; i++) {
        uint32_t bytes;
        int8_t *input = network_input_at(i, &bytes);
        if (offset < bytes) {
            input[offset] = (int8_t)byte;
            return;
        }
        offset -= bytes;
    }
}

static inline void keep_outputs(int8_t *to)
{
    for (int32_t i = 0; i < NETWORK_OUTPUT_COUNT; i++) {
        uint32_t bytes;
        const int8_t *output = network_output_at(i, &bytes);
        copy_bytes(to, output, bytes);
        to += bytes;
    }
}

static inline void send_outputs(void)
{
    for (int32_t i = 0; i < NETWORK_OUTPUT_COUNT; i++) {
        uint32_t bytes;
        const int8_t *output = network_output_at(i, &bytes);
        link_send_bytes(output, bytes);
    }
}

static inline void answer_outputs(const link_header_t *header, uint32_t ticks)
{
    link_answer_begin(header, STATUS_OK, 4 + NETWORK_OUTPUT_BYTES);
    link_send_u32(ticks);
    send_outputs();
    link_send_end();
}
#else
static inline void set_inputs(const uint8_t *from)
{
    copy_bytes(network_input(), from, NETWORK_INPUT_BYTES);
}

static inline void keep_inputs(uint8_t *to)
{
    copy_bytes(to, network_input(), NETWORK_INPUT_BYTES);
}

static inline void set_input_byte(uint32_t offset, uint8_t byte)
{
    ((uint8_t *)network_input())[offset] = byte;
}

static inline void keep_outputs(int8_t *to)
{
    copy_bytes(to, network_output(), NETWORK_OUTPUT_BYTES);
}

static inline void send_outputs(void)
{
    link_send_bytes(network_output(), NETWORK_OUTPUT_BYTES);
}
#endif

#endif
