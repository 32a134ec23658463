static inline int32_t network_clamp(int32_t x, int32_t low, int32_t high)
{
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__) && !defined(__clang__)
    /* one instruction, which gcc does not find by itself */
    if (__builtin_constant_p(low) && __builtin_constant_p(high) && low == -128 && high == 127) {
        return (int32_t)__builtin_arm_ssat(x, 8);
    }
#endif
    return x < low ? low : x > high ? high : x;
}

/* int8 [6, 6] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_dense_weights[36] = {
    0, 37, 74, 111, -108, -71, -34, 3, 40, 77, 114, -105, -68, -31, 6, 43, 80, 117, -102, -65, -28, 9, 46, 83,
    120, -99, -62, -25, 12, 49, 86, 123, -96, -59, -22, 15,
};
NETWORK_ASSERT(network_dense_weights_takes_36_bytes, sizeof(network_dense_weights) == 36);

/* loopBounds: int8 [6] -> int8 [6]. From golden/loopBounds.ts, specialised for dense. */
static void network_loop_bounds_6_6(const int8_t *input, const NETWORK_FLASH int8_t *weights, int8_t *output)
{
    for (int32_t row = 0; row < 6; row++) {
        int32_t sum = 0;
        for (int32_t column = 1; column <= 5; column += 2) {
            sum += weights[row * 6 + column] * input[column];
        }
        output[row] = (int8_t)network_clamp(sum, -128, 127);
    }
}

/* dense: int8 [6], scale 1, zero point 0 -> int8 [6], scale 1, zero point 0. */
static void network_run_dense(void)
{
    network_loop_bounds_6_6(network_arena.bytes + 0, network_dense_weights, network_arena.bytes + 8);
}
