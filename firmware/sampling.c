/*
 * Windows of moments: the clock's interrupt reads the pins into a ring while the network runs, and each whole window
 * is inferred, averaged and voted on. src/pins/windowController.ts is the same on the host; windows.c is made of the
 * kernels that both run.
 */
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
enum { NO_WINDOW = 0, NOT_ENOUGH_WINDOWS = 1, DECIDED = 2 }; /* and so many tensors to tell of */

enum { NEXT = 0, MISSING = 1 }; /* of a ring's state */

/* Its size is the pin map's: by this name it lies with the network's arena, and is counted there. */
static struct {
    int8_t moments[WINDOW_MOMENTS * WINDOW_MOMENT_BYTES];
    int8_t outputs[WINDOW_AVERAGE * NETWORK_OUTPUT_BYTES];
    int8_t votes[WINDOW_VOTES * PIN_OUTPUT_COUNT];
} rings_arena;

static int16_t moments_state[2], outputs_state[2], votes_state[2];

static int8_t output[NETWORK_OUTPUT_BYTES], average[NETWORK_OUTPUT_BYTES];
static int8_t latest_votes[PIN_OUTPUT_COUNT]; /* of the latest window alone */
static uint8_t latest_result;                 /* of the latest moment */

/* Since the windows began: at the start, and when a host begins to bring moments or has gone silent. */
static volatile uint32_t taken, left_out, lost;
static uint32_t windows;
static uint8_t has_begun;

static volatile uint8_t is_due, is_running, is_held;
static uint32_t milliseconds;
static volatile uint32_t clocked, answered; /* moments that it was time for, and those that were seen to */

static uint8_t is_fed; /* moments come from a host */
static uint32_t fed_at;
static uint8_t brings_readings;              /* the request that comes in */
static uint8_t brought[2 * PIN_INPUT_COUNT]; /* by it */

static void begin_ring(int16_t *state, int16_t rows)
{
    state[NEXT] = 0;
    state[MISSING] = rows;
}

static void begin(void)
{
    begin_ring(moments_state, WINDOW_MOMENTS);
    begin_ring(outputs_state, WINDOW_AVERAGE);
    begin_ring(votes_state, WINDOW_VOTES);
    for (uint32_t i = 0; i < sizeof rings_arena.votes; i++) {
        rings_arena.votes[i] = 0;
    }
    for (uint32_t i = 0; i < PIN_OUTPUT_COUNT; i++) {
        latest_votes[i] = 0;
    }
    taken = 0;
    left_out = 0;
    lost = 0;
    windows = 0;
    is_due = 0;
    has_begun = 1;
    control_forget();
    control_drive(latest_votes, average);
}

static void take_moment(void)
{
    window_value_t moment[PIN_INPUT_COUNT];
    if (!has_begun) {
        begin();
    }
    control_read_moment(moment);
    windows_push_moment((const int8_t *)moment, moments_state, rings_arena.moments);
    taken++;
    latest_result = NO_WINDOW;
    if (moments_state[MISSING] > 0) {
        return;
    }
    if (is_due || is_running) {
        left_out++; /* the one before is still being worked on */
    } else {
        is_due = 1;
    }
}

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

void sampling_tick(void)
{
    milliseconds++;
    if (milliseconds < PIN_EVERY_MS) {
        return;
    }
    milliseconds = 0;
    clocked++;
    if (!is_held) {
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

static void copy_window(void)
{
    windows_read_moments(rings_arena.moments, moments_state, (int8_t *)network_input());
}

static void infer_window(void)
{
    int8_t are_on[PIN_OUTPUT_COUNT];
    control_infer();
    for (uint32_t i = 0; i < NETWORK_OUTPUT_BYTES; i++) {
        output[i] = network_output()[i];
    }
    windows++;
    windows_push_output(output, outputs_state, rings_arena.outputs);
    if (outputs_state[MISSING] > 0) {
        latest_result = NOT_ENOUGH_WINDOWS;
        return;
    }
    windows_average_outputs(rings_arena.outputs, average);
    control_judge(average, latest_votes);
    windows_push_votes(latest_votes, votes_state, rings_arena.votes);
    windows_count_votes(rings_arena.votes, are_on);
    control_drive(are_on, average);
    latest_result = DECIDED;
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
    take_moment();
    if (is_due) {
        is_due = 0;
        copy_window();
        infer_window();
    }
    return 0;
}

static void answer_moment(const link_header_t *header, uint32_t position)
{
    is_held = 1;
    const int32_t status = feed(position);
    release();
    const uint32_t tensors = status == 0 ? latest_result : 0;
    link_send_begin(header->type | MESSAGE_ANSWER, (int8_t)status, header->id,
                    status != 0 ? 0 : 10 + PIN_OUTPUT_COUNT + tensors * NETWORK_OUTPUT_BYTES);
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
            link_send_bytes(output, NETWORK_OUTPUT_BYTES);
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
    link_send_begin(header->type | MESSAGE_ANSWER, 0, header->id, 4 + sizeof small + 16);
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
