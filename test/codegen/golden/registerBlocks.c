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

/* int8 [6] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_threes_bias[6] = {
    0, 37, 74, 111, -108, -71,
};
NETWORK_ASSERT(network_threes_bias_takes_6_bytes, sizeof(network_threes_bias) == 6);

/* int8 [6 / 3, 6, 3] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_threes_weights[36] = {
    0, 37, 74, 111, -108, -71, -34, 3, 40, 77, 114, -105, -68, -31, 6, 43, 80, 117, -102, -65, -28, 9, 46, 83,
    120, -99, -62, -25, 12, 49, 86, 123, -96, -59, -22, 15,
};
NETWORK_ASSERT(network_threes_weights_takes_36_bytes, sizeof(network_threes_weights) == 36);

/* int8 [6 / 1, 6, 1] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_ones_weights[36] = {
    0, 37, 74, 111, -108, -71, -34, 3, 40, 77, 114, -105, -68, -31, 6, 43, 80, 117, -102, -65, -28, 9, 46, 83,
    120, -99, -62, -25, 12, 49, 86, 123, -96, -59, -22, 15,
};
NETWORK_ASSERT(network_ones_weights_takes_36_bytes, sizeof(network_ones_weights) == 36);

/* Adds running sums to a block: called for each count of registers, it is a function for each. From
   golden/registerBlocks.ts. */
static NETWORK_INLINE void network_register_blocks_write_block_1(const int8_t *sums, int32_t from,
                                                                 int8_t *output)
{
    int32_t total0 = 0;
    for (int32_t s = 0; s <= 0; s++) {
        total0 += sums[from + s];
    }
    output[from] = (int8_t)network_clamp(output[from] + (total0 >> 2), -128, 127);
}

/* Adds running sums to a block: called for each count of registers, it is a function for each. From
   golden/registerBlocks.ts. */
static NETWORK_INLINE void network_register_blocks_write_block_3(const int8_t *sums, int32_t from,
                                                                 int8_t *output)
{
    int32_t total0 = 0;
    int32_t total1 = 0;
    int32_t total2 = 0;
    for (int32_t s = 0; s <= 0; s++) {
        total0 += sums[from + s];
    }
    for (int32_t s = 0; s <= 1; s++) {
        total1 += sums[from + s];
    }
    for (int32_t s = 0; s <= 2; s++) {
        total2 += sums[from + s];
    }
    output[from] = (int8_t)network_clamp(output[from] + (total0 >> 2), -128, 127);
    output[from + 1] = (int8_t)network_clamp(output[from + 1] + (total1 >> 2), -128, 127);
    output[from + 2] = (int8_t)network_clamp(output[from + 2] + (total2 >> 2), -128, 127);
}

/* registerBlocks: int8 [6] -> int8 [6]. From golden/registerBlocks.ts, specialised for threes. */
static void network_register_blocks_6_6(const int8_t *input, const NETWORK_FLASH int8_t *bias,
                                        const NETWORK_FLASH int8_t *weights, int8_t *output)
{
    for (int32_t o = 0; o < 6; o += 3) {
        /* a block begins with its biases, or with 0 */
        int32_t sums0 = bias[o];
        int32_t sums1 = bias[o + 1];
        int32_t sums2 = bias[o + 2];
        NETWORK_UNROLL(4)
        for (int32_t i = 0; i < 6; i++) {
            const int32_t x = input[i];
            sums0 += weights[o * 6 + i * 3] * x;
            sums1 += weights[o * 6 + i * 3 + 1] * x;
            sums2 += weights[o * 6 + i * 3 + 2] * x;
        }
        int32_t half1 = 0;
        const int32_t half0 = sums0 >> 1;
        output[o] = (int8_t)network_clamp(half0 >> 6, -128, 127);
        if (sums1 > 100) {
            half1 += sums1;
        }
        output[o + 1] = (int8_t)network_clamp((sums1 + half1) >> 7, -128, 127);
        if (sums2 > 100) {
            half1 += sums2;
        }
        output[o + 2] = (int8_t)network_clamp((sums2 + half1) >> 7, -128, 127);
        network_register_blocks_write_block_3(input, o, output);
    }
    network_register_blocks_write_block_1(input, 0, output);
}

/* registerBlocks: int8 [6] -> int8 [6]. From golden/registerBlocks.ts, specialised for ones. */
static void network_register_blocks_6_6_2(const int8_t *input, const NETWORK_FLASH int8_t *weights,
                                          int8_t *output)
{
    for (int32_t o = 0; o < 6; o++) {
        /* a block begins with its biases, or with 0 */
        int32_t sums0 = 0;
        NETWORK_UNROLL(4)
        for (int32_t i = 0; i < 6; i++) {
            const int32_t x = input[i];
            sums0 += weights[o * 6 + i] * x;
        }
        const int32_t half0 = sums0 >> 1;
        output[o] = (int8_t)network_clamp(half0 >> 6, -128, 127);
        network_register_blocks_write_block_1(input, o, output);
    }
    network_register_blocks_write_block_1(input, 0, output);
}

/* threes: int8 [6], scale 1, zero point 0 -> int8 [6], scale 1, zero point 0. */
static void network_run_threes(void)
{
    network_register_blocks_6_6(network_arena.bytes + 0, network_threes_bias, network_threes_weights,
                                network_arena.bytes + 8);
}

/* ones: int8 [6], scale 1, zero point 0 -> int8 [6], scale 1, zero point 0. */
static void network_run_ones(void)
{
    network_register_blocks_6_6_2(network_arena.bytes + 8, network_ones_weights, network_arena.bytes + 16);
}
