/* loopThatNeverRuns: int8 [8] -> int8 [8]. From golden/loopThatNeverRuns.ts, specialised for blocks. */
static void loop_that_never_runs_8_8(const int8_t *input, int8_t *output)
{
    int32_t sum = 0;
    UNROLL(4)
    for (int32_t i = 0; i < 8; i += 4) {
        sum += input[i];
        output[i] = (int8_t)(sum >> 3);
    }
}

/* loopThatNeverRuns: int8 [8] -> int8 [8]. From golden/loopThatNeverRuns.ts, specialised for no blocks. */
static void loop_that_never_runs_8_8_2(const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < 8; i++) {
        output[i] = (int8_t)input[i];
    }
}

/* blocks: int8 [8], scale 1, zero point 0 -> int8 [8], scale 1, zero point 0. */
static void run_blocks(void)
{
    loop_that_never_runs_8_8(network_arena + 0, network_arena + 8);
}

/* no blocks: int8 [8], scale 1, zero point 0 -> int8 [8], scale 1, zero point 0. */
static void run_no_blocks(void)
{
    loop_that_never_runs_8_8_2(network_arena + 8, network_arena + 16);
}
