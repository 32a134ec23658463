/*
 * Windows of moments: what pins read goes into a ring, each whole window is inferred, and its outputs averaged and voted
 * on. sampling.c includes it, and networks exported for others' projects have the same text (codegen/formats/printRounds.ts).
 * src/pins/windowController.ts is the same on the host; windows.c is made of the kernels that both run.
 *
 * Whoever includes it has windows.h, and what sampling.h asks of control.c.
 */
#ifndef PINFER_WINDOW_ROUNDS_H
#define PINFER_WINDOW_ROUNDS_H

enum { NO_WINDOW = 0, NOT_ENOUGH_WINDOWS = 1, DECIDED = 2 }; /* and so many tensors to tell of */

enum { NEXT = 0, MISSING = 1 }; /* of a ring's state */

/* Its size is the pin map's: by this name it lies with the network's arena, and is counted there. */
static struct {
    int8_t moments[WINDOW_MOMENTS * WINDOW_MOMENT_BYTES];
    int8_t outputs[WINDOW_AVERAGE * NETWORK_OUTPUT_BYTES];
    int8_t votes[WINDOW_VOTES * PIN_OUTPUT_COUNT];
} rings_arena;

static int16_t moments_state[2], outputs_state[2], votes_state[2];

static int8_t latest_output[NETWORK_OUTPUT_BYTES], average[NETWORK_OUTPUT_BYTES];
static int8_t latest_votes[PIN_OUTPUT_COUNT]; /* of the latest window alone */
static uint8_t latest_result;                 /* of the latest moment */

/* Since the windows began: at the start, and when a host begins to bring moments or has gone silent. */
static volatile uint32_t taken, left_out, lost;
static uint32_t windows;
static uint8_t has_begun;

static volatile uint8_t is_due, is_running;

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

static void copy_window(void)
{
    windows_read_moments(rings_arena.moments, moments_state, (int8_t *)network_input());
}

static void infer_window(void)
{
    int8_t are_on[PIN_OUTPUT_COUNT];
    control_infer();
    for (uint32_t i = 0; i < NETWORK_OUTPUT_BYTES; i++) {
        latest_output[i] = network_output()[i];
    }
    windows++;
    windows_push_output(latest_output, outputs_state, rings_arena.outputs);
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

/* A moment, and the window that is whole with it. */
static void take_and_run(void)
{
    take_moment();
    if (is_due) {
        is_due = 0;
        copy_window();
        infer_window();
    }
}

#endif
