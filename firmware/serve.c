/*
 * Requests: one answer for each. The bytes are in PROTOCOL.md.
 */
#include "serve.h"

#include "batch.h"
#include "board.h"
#include "control.h"
#include "crc32.h"
#include "health.h"
#include "inference.h"
#include "link.h"
#include "messages.h"
#include "names.h"
#include "ports.h"
#include "slots.h"

enum { PROTOCOL_VERSION = 4 };

enum {
    MESSAGE_HELLO = 1,
    MESSAGE_RUN = 2,
    MESSAGE_RUN_LAYER = 3,
    MESSAGE_CHECKSUM = 4,
    MESSAGE_RESET = 5,
    MESSAGE_LATEST = 0x10,
};

enum { REQUEST_FORGOTTEN = 1 };

enum { TO_ARENA, TO_BATCH, TO_SLOTS };

uint16_t request_in_progress;

/* The payload's bytes that are not the network's input. */
static struct {
    int32_t status; /* or REQUEST_FORGOTTEN */
    uint32_t word_bytes; /* how many of the payload go to words, the rest is the input */
    uint8_t place;       /* where the payload goes */
    uint8_t has_input;   /* some of it has come */
    uint32_t words[2];   /* an address and a size, or a layer and the CRC of the request for layer 0 */
} request;

static int32_t check_size(uint8_t type, uint32_t size)
{
    uint32_t expected = 0;
    request.word_bytes = 0;
    switch (type) {
    case MESSAGE_HELLO:
    case MESSAGE_LATEST: break;
#if !defined(IS_GUEST) || !IS_GUEST
    case MESSAGE_HEALTH:
    case MESSAGE_RESET: break;
    case MESSAGE_BAUD:
        request.word_bytes = 4;
        expected = 4;
        break;
    case MESSAGE_CHECKSUM:
        request.word_bytes = 8;
        expected = 8;
        break;
#endif
    case MESSAGE_RUN_LAYER:
        request.word_bytes = 8;
        expected = size == 8 ? 8 : 8 + NETWORK_STATE_BYTES + NETWORK_INPUT_BYTES;
        break;
    case MESSAGE_RUN:
        if (NETWORK_STATE_BYTES > 0) {
            return ERROR_STATES; /* which runs before it would be in it? */
        }
        expected = NETWORK_INPUT_BYTES;
        break;
    case MESSAGE_RUN_MANY:
    case MESSAGE_RUN_TOTAL:
    case MESSAGE_STEP: request.word_bytes = type == MESSAGE_STEP ? 8 : 0; return batch_check(type, size);
    default:
        if (slots_know(type)) {
            uint32_t word_bytes = 0; /* a field has no address where structs are packed */
            const int is_right = slots_take_size(type, size, &word_bytes);
            request.word_bytes = word_bytes;
            return is_right ? STATUS_OK : ERROR_SIZE;
        }
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
    const int is_batch = batch_knows(header->type);
    request.place = is_batch ? TO_BATCH : slots_know(header->type) ? TO_SLOTS : TO_ARENA;
    request.has_input = 0;
}

/* What the network keeps, where it does, then its input. A guest's arena is another's until the request is whole, so its
   input waits where a batch does. */
static void take_input(uint32_t offset, uint8_t byte)
{
    if (FIRMWARE_IS_GUEST) {
        batch_take(offset, byte);
    } else {
#if NETWORK_STATE_BYTES > 0
        if (offset < NETWORK_STATE_BYTES) {
            forget_steps();
            ((uint8_t *)&network_arena)[offset] = byte;
            return;
        }
#endif
        set_input_byte(offset - NETWORK_STATE_BYTES, byte);
    }
}

void message_payload(uint32_t offset, uint8_t byte)
{
    if (request.status != STATUS_OK) {
        return;
    }
    if (request.place == TO_BATCH && offset >= request.word_bytes) {
        control_lend();
        request.has_input = 1;
        if (FIRMWARE_IS_GUEST) {
            forget_layers(); /* their input waited there */
        }
        batch_take(offset - request.word_bytes, byte);
    } else if (sampling_takes(offset, byte)) {
        return;
    } else if (offset < request.word_bytes) {
        request.words[offset / 4] |= (uint32_t)byte << (8 * (offset % 4));
    } else if (FIRMWARE_HAS_SLOTS && request.place == TO_SLOTS) {
        slots_take(offset - request.word_bytes, byte);
    } else if (request.words[0] != 0) {
        request.status = ERROR_SIZE; /* only layer 0 takes an input */
    } else {
        control_lend();
        request.has_input = 1;
        forget_layers(); /* even if the frame turns out broken, the arena is no longer what it was */
        take_input(offset - request.word_bytes, byte);
    }
}

/* dut.c says otherwise. */
__attribute__((weak)) int text_is_built(void)
{
    return 0;
}

static void answer_hello(const link_header_t *header)
{
    const board_info_t *board = board_info();
    const uint8_t small[2] = {board->counter_kind, board->id_bytes};
    uint32_t description_bytes;
    const uint8_t *description = slots_description(&description_bytes);
    const uint32_t size = 52u + board->id_bytes + description_bytes;
    link_answer_begin(header, STATUS_OK, size);
    link_send_u16(PROTOCOL_VERSION);
    link_send_bytes(small, sizeof small);
    const uint32_t words[] = {
        board->counter_hz,
        board->core_hz,
        board->image_address,
        board->image_bytes,
        board->static_ram_bytes,
        board->stack_bytes,
        board_stack_used(),
        board_receive_overruns(),
        link_broken_frames(),
        board->ahead_bytes,
        batch_bytes(),
        (HAS_CONTROL ? FEATURE_PINS : 0u) | (text_is_built() ? FEATURE_TEXT : 0u) |
            (FIRMWARE_HAS_SLOTS ? FEATURE_UPDATES : 0u) | (FIRMWARE_IS_GUEST ? FEATURE_GUEST : 0u),
    };
    for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        link_send_u32(words[i]);
    }
    link_send_bytes(board->id, board->id_bytes);
    link_send_bytes(description, description_bytes);
    link_send_end();
}

static void answer_output(const link_header_t *header, uint32_t ticks, const int8_t *output, uint32_t size)
{
    link_answer_begin(header, STATUS_OK, 4 + size);
    link_send_u32(ticks);
    link_send_bytes(output, size);
    link_send_end();
}

static void handle_latest(const link_header_t *header)
{
    const latest_t *latest = latest_inference();
    const int is_kept = latest->count > 0 && latest->kept != 0;
    const uint32_t size = is_kept ? NETWORK_INPUT_BYTES + NETWORK_OUTPUT_BYTES : 0;
    link_answer_begin(header, STATUS_OK, 8 + size);
    link_send_u32(latest->count);
    link_send_u32(latest->ticks);
    if (is_kept) {
        link_send_bytes(latest->kept->input, NETWORK_INPUT_BYTES);
        link_send_bytes(latest->kept->output, NETWORK_OUTPUT_BYTES);
    }
    link_send_end();
}

static void handle_run(const link_header_t *header)
{
    if (FIRMWARE_IS_GUEST) {
        batch_load(0);
    }
    const uint32_t ticks = infer();
#if defined(NETWORK_INPUT_COUNT)
    answer_outputs(header, ticks);
#else
    answer_output(header, ticks, network_output(), NETWORK_OUTPUT_BYTES);
#endif
}

static void handle_run_layer(const link_header_t *header)
{
    const uint32_t layer = request.words[0];
    if (layer >= NETWORK_LAYER_COUNT) {
        link_answer_status(header, ERROR_NO_SUCH_LAYER);
        return;
    }
    if (layer == 0 && header->size == request.word_bytes) {
        link_answer_status(header, ERROR_SIZE);
        return;
    }
    /* Else the arena may hold another host's input, or an older one's. */
    const uint32_t sequence = layer == 0 ? header->crc : request.words[1];
    const layer_run_t *run = run_layer(layer, sequence);
    if (run == 0) {
        link_answer_status(header, ERROR_LAYER_ORDER);
        return;
    }
    answer_output(header, run->ticks, run->output, run->bytes);
    control_lend(); /* the next layer needs what this one left, and so does a repeat */
}

#if !defined(IS_GUEST) || !IS_GUEST
static void handle_checksum(const link_header_t *header)
{
    const uint32_t size = request.words[1];
    const uint8_t *bytes;
    if (!board_memory(request.words[0], size, &bytes)) {
        link_answer_status(header, ERROR_ADDRESS);
        return;
    }
    uint32_t crc = CRC32_START;
    for (uint32_t i = 0; i < size; i++) {
        crc = crc32_add(crc, bytes[i]);
    }
    link_answer_begin(header, STATUS_OK, 4);
    link_send_u32(~crc);
    link_send_end();
}

static void handle_baud(const link_header_t *header, uint32_t baud)
{
    const int is_possible = board_has_baud(baud);
    link_answer_status(header, is_possible ? STATUS_OK : ERROR_BAUD);
    if (is_possible) {
        board_set_baud(baud);
    }
}

static void handle_reset(const link_header_t *header)
{
    link_answer_status(header, STATUS_OK);
    board_reset();
}
#endif

/* The pins have taken the network from it. */
static void forget_request(void)
{
    if (request.has_input) { /* else it needs nothing of what is gone: layers before it were silent for so long */
        request.status = REQUEST_FORGOTTEN;
    }
}

void message_end(const link_header_t *header)
{
    if ((header->type & MESSAGE_ANSWER) || request.status == REQUEST_FORGOTTEN) {
        return; /* an echo of our own, which would never end; or what the host will ask again */
    }
    if (request.status != STATUS_OK) {
        link_answer_status(header, request.status);
        return;
    }
    request_in_progress = header->id;
    health_frame();
    switch (header->type) {
    case MESSAGE_HELLO: answer_hello(header); break;
    case MESSAGE_RUN: handle_run(header); break;
    case MESSAGE_RUN_LAYER: handle_run_layer(header); break;
    case MESSAGE_RUN_MANY:
    case MESSAGE_RUN_TOTAL:
    case MESSAGE_STEP: batch_answer(header, request.words[0], request.words[1]); break;
    case MESSAGE_LATEST: handle_latest(header); break;
#if !defined(IS_GUEST) || !IS_GUEST
    case MESSAGE_CHECKSUM: handle_checksum(header); break;
    case MESSAGE_RESET: handle_reset(header); break;
    case MESSAGE_HEALTH: health_answer(header); break;
    case MESSAGE_BAUD: handle_baud(header, request.words[0]); break;
#endif
    default:
        if (slots_know(header->type)) {
            const uint32_t words[2] = {request.words[0], request.words[1]};
            slots_answer(header, words);
        } else {
            control_answer(header, request.words[0]);
        }
    }
    request_in_progress = 0;
}

/* Without dut.c nothing is said before it is asked. */
__attribute__((weak)) void text_begin(void) {}

void serve_start(void)
{
    slots_start();
    inference_start();
    batch_start();
    control_start();
    if (HAS_CONTROL) {
        board_start_watchdog(); /* nobody may be there to press reset */
    }
    text_begin();
}

void serve(int32_t byte)
{
    if (byte >= 0) {
        link_receive((uint8_t)byte);
    }
    health_poll();
    if (control_poll()) {
        forget_request();
    }
}
