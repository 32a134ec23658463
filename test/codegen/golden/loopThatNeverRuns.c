/* loopThatNeverRuns: int8 [8] -> int8 [8]. From golden/loopThatNeverRuns.ts, specialised for blocks. */
static void network_loop_that_never_runs_8_8(const int8_t *input, int8_t *output)
{
    int32_t sum = 0;
    NETWORK_UNROLL(4)
    for (int32_t i = 0; i < 8; i += 4) {
        sum += input[i];
        output[i] = (int8_t)(sum >> 3);
    }
}

/* loopThatNeverRuns: int8 [8] -> int8 [8]. From golden/loopThatNeverRuns.ts, specialised for no blocks. */
static void network_loop_that_never_runs_8_8_2(const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < 8; i++) {
        output[i] = (int8_t)input[i];
    }
}

/* blocks: int8 [8], scale 1, zero point 0 -> int8 [8], scale 1, zero point 0. */
static void network_run_blocks(void)
{
    network_loop_that_never_runs_8_8(network_arena.bytes + 0, network_arena.bytes + 8);
}

/* no blocks: int8 [8], scale 1, zero point 0 -> int8 [8], scale 1, zero point 0. */
static void network_run_no_blocks(void)
{
    network_loop_that_never_runs_8_8_2(network_arena.bytes + 8, network_arena.bytes + 16);
}
