/*
 * Batches: the inputs wait in RAM that nothing else uses until their CRC is known to be right.
 */
#include "batch.h"

#include "board.h"
#include "inference.h"
#include "messages.h"
#include "names.h"
#include "ports.h"
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
    FITTING_INPUTS = MOST_BYTES / WIDEST,
    /* Answers of steps are kept. */
    MOST_INPUTS = NETWORK_STATE_BYTES > 0 && FITTING_INPUTS > 8 ? 8 : FITTING_INPUTS,
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

int batch_knows(uint8_t type)
{
    return type == MESSAGE_RUN_MANY || type == MESSAGE_RUN_TOTAL || type == MESSAGE_STEP;
}

#if NETWORK_STATE_BYTES == 0
static int batch_takes(uint32_t size)
{
    return size > 0 && size <= batch.bytes && size % NETWORK_INPUT_BYTES == 0;
}

int32_t batch_check(uint8_t type, uint32_t size)
{
    return type == MESSAGE_STEP ? ERROR_UNKNOWN_TYPE : batch_takes(size) ? STATUS_OK : ERROR_SIZE;
}

void batch_take(uint32_t offset, uint8_t byte)
{
    batch.inputs[offset] = byte;
}
#endif

void batch_load(uint32_t index)
{
    set_inputs(batch.inputs + index * NETWORK_INPUT_BYTES);
}

#if NETWORK_STATE_BYTES == 0
/* Each output is on its way before the next run begins, so that no interrupt falls into it. */
void batch_answer(const link_header_t *header, uint32_t number, uint32_t sequence)
{
    (void)number;
    (void)sequence;
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
        send_outputs();
    }
    if (!has_each) {
        link_send_u32(least);
        link_send_u32(most);
        link_send_u32((uint32_t)sum);
        link_send_u32((uint32_t)(sum >> 32));
    }
    link_send_end();
}
#else
typedef struct {
    uint32_t ticks;
    int8_t output[NETWORK_OUTPUT_BYTES];
} step_t;

static struct {
    uint32_t next;     /* 0: none has run on the present states */
    uint32_t sequence; /* CRC of the request that brought step 0 */
    uint32_t latest;   /* CRC of the latest request */
    step_t kept[MOST_INPUTS > LEAST_INPUTS ? MOST_INPUTS : LEAST_INPUTS]; /* its answer */
} steps;

static int steps_take(uint32_t size)
{
    const uint32_t input_bytes = size > 8 ? size - 8 : 0;
    const int is_whole = input_bytes > 0 && input_bytes % NETWORK_INPUT_BYTES == 0;
    return is_whole && (input_bytes == NETWORK_INPUT_BYTES || input_bytes <= batch.bytes);
}

int32_t batch_check(uint8_t type, uint32_t size)
{
    return type != MESSAGE_STEP ? ERROR_STATES : steps_take(size) ? STATUS_OK : ERROR_SIZE;
}

void batch_take(uint32_t offset, uint8_t byte)
{
    if (batch.bytes > 0) {
        batch.inputs[offset] = byte;
    } else {
        forget_layers();
        set_input_byte(offset, byte); /* where no state is */
    }
}

void forget_steps(void)
{
    steps.next = 0;
}

static void run_step(uint32_t index)
{
    if (batch.bytes > 0) {
        batch_load(index);
    }
    steps.kept[index].ticks = infer();
    keep_outputs(steps.kept[index].output);
}

void batch_answer(const link_header_t *header, uint32_t number, uint32_t sequence)
{
    const uint32_t count = (header->size - 8) / NETWORK_INPUT_BYTES;
    const int is_repeat = steps.next != 0 && header->crc == steps.latest;
    const int is_next = number == 0 || (number == steps.next && sequence == steps.sequence);
    if (!is_repeat && !is_next) {
        link_answer_status(header, ERROR_LAYER_ORDER);
        return;
    }
    if (!is_repeat && number == 0) {
        network_reset();
        steps.sequence = header->crc;
    }
    for (uint32_t i = 0; i < count && !is_repeat; i++) {
        run_step(i);
    }
    steps.next = is_repeat ? steps.next : number + count;
    steps.latest = header->crc;
    link_answer_begin(header, STATUS_OK, count * (4 + NETWORK_OUTPUT_BYTES));
    for (uint32_t i = 0; i < count; i++) {
        link_send_u32(steps.kept[i].ticks);
        link_send_bytes(steps.kept[i].output, NETWORK_OUTPUT_BYTES);
    }
    link_send_end();
}
#endif
