/* x / 2^count to nearest, ties away from zero; count in 0..31. */
static inline int32_t network_rounding_shift_right(int32_t x, int32_t count)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << count) - 1u);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> count) + (remainder > threshold ? 1 : 0);
}

/* wideScratch: int8 [5] -> int8 [5]. From golden/wideScratch.ts, specialised for running, again. */
static void network_wide_scratch_5_5(const int8_t *input, int8_t *output, int32_t *sums)
{
    sums[0] = 0;
    for (int32_t i = 1; i < 6; i++) {
        const int32_t square = input[i - 1] * input[i - 1];
        sums[i] = sums[i - 1] + square * square;
    }
    for (int32_t i = 0; i < 5; i++) {
        output[i] = (int8_t)network_rounding_shift_right(sums[i + 1], 24);
    }
}

/* running: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void network_run_running(void)
{
    network_wide_scratch_5_5(network_arena.bytes + 0, network_arena.bytes + 8,
                             (int32_t *)(void *)(network_arena.bytes + 24));
}

/* again: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void network_run_again(void)
{
    network_wide_scratch_5_5(network_arena.bytes + 8, network_arena.bytes + 16,
                             (int32_t *)(void *)(network_arena.bytes + 24));
}
