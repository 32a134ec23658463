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

/* int32 [4]; empty where hasBias is 0. */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int32_t network_subtracts_bias[4] = {
    1, -2, 3, -4,
};
NETWORK_ASSERT(network_subtracts_bias_takes_16_bytes, sizeof(network_subtracts_bias) == 16);

/* int32 [4]; empty where hasBias is 0. */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int32_t network_adds_bias[4] = {
    5, 6, 9, -1048576,
};
NETWORK_ASSERT(network_adds_bias_takes_16_bytes, sizeof(network_adds_bias) == 16);

/* foldedBranch: int8 [4] -> int8 [4]. From golden/foldedBranch.ts, specialised for doubles. */
static void network_folded_branch_4_4(const int8_t *input, int8_t *output)
{
    const int32_t lowest = -128;
    for (int32_t i = 0; i < 4; i++) {
        int32_t value = input[i];
        const int32_t doubled = value * 2;
        value = doubled;
        output[i] = (int8_t)network_clamp(value, lowest, 127);
    }
}

/* foldedBranch: int8 [4] -> int8 [4]. From golden/foldedBranch.ts, specialised for subtracts. */
static void network_folded_branch_4_4_2(const int8_t *input, const NETWORK_FLASH int32_t *bias,
                                        int8_t *output)
{
    const int32_t lowest = -128;
    for (int32_t i = 0; i < 4; i++) {
        int32_t value = input[i];
        {
            const int32_t addend = bias[i];
            value += addend;
        }
        if (value > 3) {
            value -= 3;
        } else {
            value++;
        }
        output[i] = (int8_t)network_clamp(value, lowest, 127);
    }
}

/* foldedBranch: int8 [4] -> int8 [4]. From golden/foldedBranch.ts, specialised for adds. */
static void network_folded_branch_4_4_3(const int8_t *input, const NETWORK_FLASH int32_t *bias,
                                        int8_t *output)
{
    const int32_t lowest = -100;
    for (int32_t i = 0; i < 4; i++) {
        int32_t value = input[i];
        {
            const int32_t addend = bias[i];
            value += addend;
        }
        value++;
        output[i] = (int8_t)network_clamp(value, lowest, 127);
    }
}

/* doubles: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void network_run_doubles(void)
{
    network_folded_branch_4_4(network_arena.bytes + 0, network_arena.bytes + 4);
}

/* subtracts: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void network_run_subtracts(void)
{
    network_folded_branch_4_4_2(network_arena.bytes + 4, network_subtracts_bias, network_arena.bytes + 8);
}

/* adds: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void network_run_adds(void)
{
    network_folded_branch_4_4_3(network_arena.bytes + 8, network_adds_bias, network_arena.bytes + 12);
}
