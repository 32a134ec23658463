/*
 * The message loop: one answer for each request. The bytes are in PROTOCOL.md.
 */
#include <string.h>

#include "batch.h"
#include "board.h"
#include "control.h"
#include "crc32.h"
#include "link.h"
#include "main.h"
#include "network.h"

enum { PROTOCOL_VERSION = 3 };

enum {
    MESSAGE_HELLO = 1,
    MESSAGE_RUN = 2,
    MESSAGE_RUN_LAYER = 3,
    MESSAGE_CHECKSUM = 4,
    MESSAGE_RESET = 5,
    MESSAGE_LATEST = 0x10,
};

enum { REQUEST_FORGOTTEN = 1 };

/* Set while a request is worked on; the fault report carries it. */
uint16_t request_in_progress;

/* The payload's bytes that are not the network's input. */
static struct {
    int32_t status; /* or REQUEST_FORGOTTEN */
    uint32_t word_bytes; /* how many of the payload go to words, the rest is the input */
    uint8_t is_batch;    /* the payload goes to the batch */
    uint8_t has_input;   /* some of it has come */
    uint32_t words[2];   /* an address and a size, or a layer and its sequence */
} request;

/* What the arena holds between requests for single layers. */
static struct {
    int32_t latest;    /* -1: none has run on the present contents */
    uint32_t sequence; /* CRC of the request that brought the input */
    const int8_t *output;
    uint32_t output_bytes;
    uint32_t ticks;
} layers = {.latest = -1};

/* Of all inferences since reset; `kept` is 0 where RAM has no room for it. */
static struct {
    uint32_t count;
    uint32_t ticks;
    inference_t *kept;
} latest;

static uint32_t reading_ticks;

static void do_nothing(void) {}

static void run_next_layer(void)
{
    layers.output = network_run_layer(layers.latest, &layers.output_bytes);
}

/* noinline: the code around the call is the same in every measurement, so its cost is a constant. */
__attribute__((noinline)) static uint32_t measure(void (*run)(void))
{
    control_pause();
    const uint32_t start = board_ticks();
    run();
    const uint32_t ticks = board_ticks() - start;
    control_resume();
    return ticks;
}

/* An empty measurement, the shortest of a few: caches and flash prefetch are warm then. */
static void calibrate_counter(void)
{
    reading_ticks = UINT32_MAX;
    for (int32_t i = 0; i < 8; i++) {
        const uint32_t ticks = measure(do_nothing);
        reading_ticks = ticks < reading_ticks ? ticks : reading_ticks;
    }
}

static uint32_t measure_net(void (*run)(void))
{
    const uint32_t ticks = measure(run);
    return ticks > reading_ticks ? ticks - reading_ticks : 0;
}

static int32_t check_size(uint8_t type, uint32_t size)
{
    uint32_t expected = 0;
    request.word_bytes = 0;
    switch (type) {
    case MESSAGE_HELLO:
    case MESSAGE_LATEST:
    case MESSAGE_RESET: break;
    case MESSAGE_RUN: expected = NETWORK_INPUT_SIZE; break;
    case MESSAGE_RUN_LAYER:
        request.word_bytes = 8;
        expected = size == 8 ? 8 : 8 + NETWORK_INPUT_SIZE;
        break;
    case MESSAGE_CHECKSUM:
        request.word_bytes = 8;
        expected = 8;
        break;
    case MESSAGE_RUN_MANY:
    case MESSAGE_RUN_TOTAL: return batch_takes(size) ? STATUS_OK : ERROR_SIZE;
    default:
        if (!control_knows(type, &expected)) {
            return ERROR_UNKNOWN_TYPE;
        }
        request.word_bytes = expected;
    }
    return size == expected ? STATUS_OK : ERROR_SIZE;
}

void message_begin(const link_header_t *header)
{
    request.status = check_size(header->type, header->size);
    request.words[0] = 0;
    request.words[1] = 0;
    request.is_batch = header->type == MESSAGE_RUN_MANY || header->type == MESSAGE_RUN_TOTAL;
    request.has_input = 0;
}

void message_payload(uint32_t offset, uint8_t byte)
{
    if (request.status != STATUS_OK) {
        return;
    }
    if (request.is_batch) {
        control_lend();
        request.has_input = 1;
        batch_take(offset, byte);
    } else if (offset < request.word_bytes) {
        request.words[offset / 4] |= (uint32_t)byte << (8 * (offset % 4));
    } else if (request.words[0] != 0) {
        request.status = ERROR_SIZE; /* only layer 0 takes an input */
    } else {
        control_lend();
        request.has_input = 1;
        layers.latest = -1; /* even if the frame turns out broken, the arena is no longer what it was */
        ((uint8_t *)network_input())[offset - request.word_bytes] = byte;
    }
}

static void answer_hello(const link_header_t *header)
{
    const board_info_t *board = board_info();
    const uint8_t small[2] = {board->counter_kind, board->id_bytes};
    const uint32_t size = 48u + board->id_bytes + NETWORK_DESCRIPTION_SIZE;
    link_send_begin(MESSAGE_HELLO | MESSAGE_ANSWER, STATUS_OK, header->id, size);
    link_send_u16(PROTOCOL_VERSION);
    link_send_bytes(small, sizeof small);
    link_send_u32(board->counter_hz);
    link_send_u32(board->core_hz);
    link_send_u32(board->image_address);
    link_send_u32(board->image_bytes);
    link_send_u32(board->static_ram_bytes);
    link_send_u32(board->stack_bytes);
    link_send_u32(board_stack_used());
    link_send_u32(board_receive_overruns());
    link_send_u32(link_broken_frames());
    link_send_u32(board->ahead_bytes);
    link_send_u32(batch_bytes());
    link_send_bytes(board->id, board->id_bytes);
    link_send_bytes(network_description, NETWORK_DESCRIPTION_SIZE);
    link_send_end();
}

static void answer_output(const link_header_t *header, uint32_t ticks, const int8_t *output, uint32_t size)
{
    link_send_begin(header->type | MESSAGE_ANSWER, STATUS_OK, header->id, 4 + size);
    link_send_u32(ticks);
    link_send_bytes(output, size);
    link_send_end();
}

static void answer_status(const link_header_t *header, int32_t status)
{
    link_send_begin(header->type | MESSAGE_ANSWER, (int8_t)status, header->id, 0);
    link_send_end();
}

uint32_t infer(void)
{
    control_return(); /* what a request had in the arena is gone */
    layers.latest = -1;
    if (latest.kept != 0) {
        copy_bytes(latest.kept->input, network_input(), NETWORK_INPUT_SIZE);
    }
    latest.ticks = measure_net(network_run);
    if (latest.kept != 0) {
        copy_bytes(latest.kept->output, network_output(), NETWORK_OUTPUT_SIZE);
    }
    latest.count++;
    return latest.ticks;
}

static void handle_latest(const link_header_t *header)
{
    const int is_kept = latest.count > 0 && latest.kept != 0;
    const uint32_t size = is_kept ? NETWORK_INPUT_SIZE + NETWORK_OUTPUT_SIZE : 0;
    link_send_begin(MESSAGE_LATEST | MESSAGE_ANSWER, STATUS_OK, header->id, 8 + size);
    link_send_u32(latest.count);
    link_send_u32(latest.ticks);
    if (is_kept) {
        link_send_bytes(latest.kept->input, NETWORK_INPUT_SIZE);
        link_send_bytes(latest.kept->output, NETWORK_OUTPUT_SIZE);
    }
    link_send_end();
}

static void handle_run(const link_header_t *header)
{
    const uint32_t ticks = infer();
    answer_output(header, ticks, network_output(), NETWORK_OUTPUT_SIZE);
}

/* A layer runs when it is the next one and answers again when it was the latest: a repeat does no harm. */
static void handle_run_layer(const link_header_t *header)
{
    const uint32_t layer = request.words[0];
    if (layer >= NETWORK_LAYER_COUNT) {
        answer_status(header, ERROR_NO_SUCH_LAYER);
        return;
    }
    if (layer == 0 && header->size == request.word_bytes) {
        answer_status(header, ERROR_SIZE);
        return;
    }
    if (layer == 0) {
        layers.sequence = header->crc;
    } else if (request.words[1] != layers.sequence) {
        answer_status(header, ERROR_LAYER_ORDER); /* the arena holds another host's input, or an older one's */
        return;
    }
    if ((int32_t)layer == layers.latest + 1) {
        layers.latest = (int32_t)layer;
        layers.ticks = measure_net(run_next_layer);
    } else if ((int32_t)layer != layers.latest) {
        answer_status(header, ERROR_LAYER_ORDER);
        return;
    }
    answer_output(header, layers.ticks, layers.output, layers.output_bytes);
    control_lend(); /* the next layer needs what this one left, and so does a repeat */
}

static void handle_checksum(const link_header_t *header)
{
    const uint32_t size = request.words[1];
    const uint8_t *bytes = board_memory(request.words[0], size);
    if (bytes == 0) {
        answer_status(header, ERROR_ADDRESS);
        return;
    }
    uint32_t crc = CRC32_START;
    for (uint32_t i = 0; i < size; i++) {
        crc = crc32_add(crc, bytes[i]);
    }
    link_send_begin(MESSAGE_CHECKSUM | MESSAGE_ANSWER, STATUS_OK, header->id, 4);
    link_send_u32(~crc);
    link_send_end();
}

void forget_request(void)
{
    if (request.has_input) { /* else it needs nothing of what is gone: layers before it were silent for so long */
        request.status = REQUEST_FORGOTTEN;
    }
    layers.latest = -1;
}

void message_end(const link_header_t *header)
{
    if ((header->type & MESSAGE_ANSWER) || request.status == REQUEST_FORGOTTEN) {
        return; /* an echo of our own, which would never end; or what the host will ask again */
    }
    if (request.status != STATUS_OK) {
        answer_status(header, request.status);
        return;
    }
    request_in_progress = header->id;
    switch (header->type) {
    case MESSAGE_HELLO: answer_hello(header); break;
    case MESSAGE_RUN: handle_run(header); break;
    case MESSAGE_RUN_LAYER: handle_run_layer(header); break;
    case MESSAGE_CHECKSUM: handle_checksum(header); break;
    case MESSAGE_RUN_MANY:
    case MESSAGE_RUN_TOTAL: batch_answer(header); break;
    case MESSAGE_LATEST: handle_latest(header); break;
    case MESSAGE_RESET:
        answer_status(header, STATUS_OK);
        board_reset();
    default: control_answer(header, request.words[0]);
    }
    request_in_progress = 0;
}

/* Without dut.c nothing is said before it is asked. */
__attribute__((weak)) void text_begin(void) {}

int main(void)
{
    board_init();
    calibrate_counter();
    latest.kept = (inference_t *)(void *)board_spare_memory(0, sizeof *latest.kept);
    batch_start();
    control_start();
    text_begin();
    for (;;) {
        const int32_t byte = board_receive();
        if (byte >= 0) {
            link_receive((uint8_t)byte);
        }
        control_poll();
    }
}
