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

/* int8 [3] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_adds_weights[3] = {
    0, 37, 74,
};
NETWORK_ASSERT(network_adds_weights_takes_3_bytes, sizeof(network_adds_weights) == 3);

/* int8 [2] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_adds_bias[2] = {
    1, 2,
};
NETWORK_ASSERT(network_adds_bias_takes_2_bytes, sizeof(network_adds_bias) == 2);

/* From golden/rows.ts. */
static NETWORK_INLINE int32_t network_files_beside_limited(int32_t x)
{
    return network_clamp(x, -100, 100);
}

/* row[i] + table[i] + bias, not beyond 100. From golden/rows.ts. */
static NETWORK_INLINE void network_files_beside_add_row(const int8_t *row, const NETWORK_FLASH int8_t *table,
                                                        int32_t bias, int32_t count, int8_t *output)
{
    for (int32_t i = 0; i < count; i++) {
        output[i] = (int8_t)network_files_beside_limited(row[i] + table[i] + bias);
    }
}

/* filesBeside: int8 [6] -> int8 [6]. From golden/filesBeside.ts, specialised for adds. */
static void network_files_beside_6_6(const int8_t *input, const NETWORK_FLASH int8_t *weights,
                                     const NETWORK_FLASH int8_t *bias, int8_t *output)
{
    for (int32_t r = 0; r < 2; r++) {
        const int32_t from = r * 3;
        network_files_beside_add_row(input + from, weights, bias[r], 3, output + from);
    }
}

/* adds: int8 [6], scale 1, zero point 0 -> int8 [6], scale 1, zero point 0. */
static void network_run_adds(void)
{
    network_files_beside_6_6(network_arena.bytes + 0, network_adds_weights, network_adds_bias,
                             network_arena.bytes + 8);
}
