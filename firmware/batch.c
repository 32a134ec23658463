/*
 * Batches: the inputs wait in RAM that nothing else uses until their CRC is known to be right.
 */
#include "batch.h"

#include "board.h"
#include "inference.h"
#include "messages.h"
#include "names.h"
#include "serve.h"

#if !defined(IS_GUEST) || !IS_GUEST
#include "dut.h"
enum { LOADED_BYTES = sizeof(loaded_t) };
#else
enum { LOADED_BYTES = 0 };
#endif

/* So much that few of a batch's bytes are no tensors', and so little that a lost one costs little time, and that a host
   hears often enough to show how far it is. */
enum {
    MOST_BYTES = 2048, /* of inputs, and of outputs */
    WIDEST = NETWORK_INPUT_BYTES > NETWORK_OUTPUT_BYTES ? NETWORK_INPUT_BYTES : NETWORK_OUTPUT_BYTES,
    MOST_INPUTS = MOST_BYTES / WIDEST,
    LEAST_INPUTS = FIRMWARE_IS_GUEST ? 1 : 2,
    OFFSET = sizeof(inference_t) + LOADED_BYTES, /* behind the latest inference and what dut.c has loaded */
};

static struct {
    uint8_t *inputs;
    uint32_t bytes;
} batch;

void batch_start(void)
{
    for (uint32_t count = MOST_INPUTS > LEAST_INPUTS ? MOST_INPUTS : LEAST_INPUTS;
         count >= LEAST_INPUTS && batch.bytes == 0; count--) {
        batch.inputs = board_spare_memory(OFFSET, count * NETWORK_INPUT_BYTES);
        batch.bytes = batch.inputs != 0 ? count * NETWORK_INPUT_BYTES : 0;
    }
}

uint32_t batch_bytes(void)
{
    return batch.bytes;
}

int batch_takes(uint32_t size)
{
    return size > 0 && size <= batch.bytes && size % NETWORK_INPUT_BYTES == 0;
}

void batch_take(uint32_t offset, uint8_t byte)
{
    batch.inputs[offset] = byte;
}

void batch_load(uint32_t index)
{
    copy_bytes(network_input(), batch.inputs + index * NETWORK_INPUT_BYTES, NETWORK_INPUT_BYTES);
}

/* Each output is on its way before the next run begins, so that no interrupt falls into it. */
void batch_answer(const link_header_t *header)
{
    const int has_each = header->type == MESSAGE_RUN_MANY;
    const uint32_t count = header->size / NETWORK_INPUT_BYTES;
    const uint32_t size = has_each ? count * (4 + NETWORK_OUTPUT_BYTES) : count * NETWORK_OUTPUT_BYTES + 16;
    uint32_t least = UINT32_MAX, most = 0;
    uint64_t sum = 0;
    link_answer_begin(header, STATUS_OK, size);
    for (uint32_t i = 0; i < count; i++) {
        board_flush();
        batch_load(i);
        const uint32_t ticks = infer();
        least = ticks < least ? ticks : least;
        most = ticks > most ? ticks : most;
        sum += ticks;
        if (has_each) {
            link_send_u32(ticks);
        }
        link_send_bytes(network_output(), NETWORK_OUTPUT_BYTES);
    }
    if (!has_each) {
        link_send_u32(least);
        link_send_u32(most);
        link_send_u32((uint32_t)sum);
        link_send_u32((uint32_t)(sum >> 32));
    }
    link_send_end();
}
