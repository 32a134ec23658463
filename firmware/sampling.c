/* When windows are taken and run: by the clock's interrupt while the network runs, or moment by moment from a host. */
#include "sampling.h"

#include "board.h"
#include "control.h"
#include "inference.h"
#include "messages.h"
#include "names.h"
#include "pins.h"

enum { MESSAGE_DESCRIBE_WINDOWS = 0x23, MESSAGE_TAKE_MOMENT = 0x24 };
enum { POSITION_BYTES = 4, AS_IT_READS = 0xFFFF };
enum { FED_MS = 3000 }; /* longer than a host waits before it asks again */

#include "windowRounds.h"

static volatile uint8_t is_held;
static uint32_t milliseconds;
static volatile uint32_t clocked, answered; /* moments that it was time for, and those that were seen to */

static uint8_t is_fed; /* moments come from a host */
static uint32_t fed_at;
static uint8_t brings_readings;              /* the request that comes in */
static uint8_t brought[2 * PIN_INPUT_COUNT]; /* by it */

/* In the clock's interrupt, or while it is held. */
static void catch_up(void)
{
    const uint32_t now = clocked;
    const uint32_t due = now - answered;
    answered = now;
    if (due == 0) {
        return;
    }
    if (is_fed) {
        if (board_milliseconds() - fed_at < FED_MS) {
            return;
        }
        is_fed = 0;
        has_begun = 0; /* what the host brought and what the pins read are no one window */
    }
    take_moment();
    lost += due - 1;
}

void sampling_tick(uint32_t is_late)
{
    milliseconds++;
    if (milliseconds == PIN_EVERY_MS) {
        milliseconds = 0;
        clocked++;
    }
    if (!is_held && !is_late) {
        catch_up();
    }
}

/* What the clock asked for meanwhile is taken now. */
static void release(void)
{
    do {
        is_held = 1;
        catch_up();
        is_held = 0;
    } while (clocked != answered);
}

int sampling_is_due(void)
{
    return is_due;
}

void sampling_run(void)
{
    is_held = 1; /* the ring stays as it is; a moment may be some microseconds late */
    is_running = 1;
    is_due = 0;
    copy_window();
    release();
    infer_window();
    is_running = 0;
}

int sampling_knows(uint8_t type, uint32_t *bytes)
{
    brings_readings = type == MESSAGE_TAKE_MOMENT;
    *bytes = brings_readings ? POSITION_BYTES + sizeof brought : 0;
    return type == MESSAGE_DESCRIBE_WINDOWS || brings_readings;
}

int sampling_takes(uint32_t offset, uint8_t byte)
{
    if (!brings_readings || offset < POSITION_BYTES || offset >= POSITION_BYTES + sizeof brought) {
        return 0;
    }
    brought[offset - POSITION_BYTES] = byte;
    return 1;
}

static uint32_t brought_for(uint32_t input)
{
    return brought[2 * input] | (uint32_t)brought[2 * input + 1] << 8;
}

static int32_t set_inputs(void)
{
    for (uint32_t i = 0; i < PIN_INPUT_COUNT; i++) {
        if (brought_for(i) != AS_IT_READS && !control_can_set(i, brought_for(i))) {
            return ERROR_PIN_VALUE;
        }
    }
    for (uint32_t i = 0; i < PIN_INPUT_COUNT; i++) {
        if (brought_for(i) != AS_IT_READS) {
            control_set(i, brought_for(i));
        }
    }
    return 0;
}

/* The moment at a position, 0 for the first: the clock waits for the host meanwhile. */
static int32_t feed(uint32_t position)
{
    const int is_next = position == 0 || (is_fed && position == taken);
    if (!is_next) {
        return is_fed && position + 1 == taken ? 0 : ERROR_LAYER_ORDER;
    }
    const int32_t status = set_inputs();
    if (status != 0) {
        return status;
    }
    is_fed = 1;
    fed_at = board_milliseconds();
    if (position == 0) {
        has_begun = 0;
    }
    take_and_run();
    return 0;
}

static void answer_moment(const link_header_t *header, uint32_t position)
{
    is_held = 1;
    const int32_t status = feed(position);
    release();
    const uint32_t tensors = status == 0 ? latest_result : 0;
    link_answer_begin(header, status, status != 0 ? 0 : 10 + PIN_OUTPUT_COUNT + tensors * NETWORK_OUTPUT_BYTES);
    if (status == 0) {
        link_send_u32(taken);
        link_send_u32(windows);
        const uint8_t counts[2] = {latest_result, PIN_OUTPUT_COUNT};
        link_send_bytes(counts, sizeof counts);
        for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
            const uint8_t level = control_level(i);
            link_send_bytes(&level, 1);
        }
        if (tensors > 0) {
            link_send_bytes(latest_output, NETWORK_OUTPUT_BYTES);
        }
        if (tensors > 1) {
            link_send_bytes(average, NETWORK_OUTPUT_BYTES);
        }
    }
    link_send_end();
}

static void describe(const link_header_t *header)
{
    const uint8_t small[3] = {WINDOW_AVERAGE, WINDOW_WINS, WINDOW_VOTES};
    link_answer_begin(header, 0, 4 + sizeof small + 16);
    link_send_u16(WINDOW_MOMENTS);
    link_send_u16(WINDOW_HOP);
    link_send_bytes(small, sizeof small);
    link_send_u32(taken);
    link_send_u32(windows);
    link_send_u32(left_out);
    link_send_u32(lost);
    link_send_end();
}

void sampling_answer(const link_header_t *header, uint32_t word)
{
    if (header->type == MESSAGE_TAKE_MOMENT) {
        answer_moment(header, word);
    } else {
        describe(header);
    }
}
