/* unrolledLoop: int8 [8] -> int8 [8]. From golden/unrolledLoop.ts, specialised for steps. */
static void network_unrolled_loop_8_8(const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < 8; i += 4) {
        /* four at a time */
        NETWORK_UNROLL(4)
        for (int32_t k = 0; k < 4; k++) {
            output[i + k] = (int8_t)(input[i + k] - 1);
        }
    }
}

/* steps: int8 [8], scale 1, zero point 0 -> int8 [8], scale 1, zero point 0. */
static void network_run_steps(void)
{
    network_unrolled_loop_8_8(network_arena.bytes + 0, network_arena.bytes + 8);
}
