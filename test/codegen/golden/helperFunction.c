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

/* int8 [5] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_spread_weights[5] = {
    0, 37, 74, 111, -108,
};
NETWORK_ASSERT(network_spread_weights_takes_5_bytes, sizeof(network_spread_weights) == 5);

/* sum a[i] * b[i]. From golden/helperFunction.ts. */
static NETWORK_INLINE int32_t network_helper_function_dot(const int8_t *a, const NETWORK_FLASH int8_t *b,
                                                          int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* From golden/helperFunction.ts. */
static NETWORK_INLINE void network_helper_function_fill(int8_t *array, int32_t count, int32_t value)
{
    for (int32_t i = 0; i < count; i++) {
        array[i] = (int8_t)value;
    }
}

/* Writes through another function: its array is not const either. From golden/helperFunction.ts. */
static NETWORK_INLINE void network_helper_function_fill_all(int8_t *array, int32_t count, int32_t value)
{
    if (count == 0) {
        return;
    }
    network_helper_function_fill(array, count, value);
}

/* Larger of the two, and never below 0. From golden/helperFunction.ts. */
static NETWORK_INLINE int32_t network_helper_function_at_least(int32_t x, int32_t floor)
{
    if (x < floor) {
        return floor;
    } else {
        return x;
    }
}

/* helperFunction: int8 [5] -> int8 [5]. From golden/helperFunction.ts, specialised for spread. */
static void network_helper_function_5_5(const int8_t *input, const NETWORK_FLASH int8_t *weights,
                                        int8_t *output)
{
    int32_t total = network_helper_function_dot(input, weights, 5);
    network_helper_function_fill_all(output, 5,
                                     network_clamp(network_helper_function_at_least(total >> 4, 0), -128,
                                                   127));
}

/* spread: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void network_run_spread(void)
{
    network_helper_function_5_5(network_arena.bytes + 0, network_spread_weights, network_arena.bytes + 8);
}
