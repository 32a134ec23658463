/* int8 [5] */
static const int8_t spread_weights[5] = {
    0, 37, 74, 111, -108,
};
_Static_assert(sizeof(spread_weights) == 5, "spread_weights takes 5 bytes");

/* Σ a[i] · b[i]. From golden/helperFunction.ts. */
static INLINE int32_t helper_function_dot(const int8_t *a, const int8_t *b, int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* From golden/helperFunction.ts. */
static INLINE void helper_function_fill(int8_t *array, int32_t count, int32_t value)
{
    for (int32_t i = 0; i < count; i++) {
        array[i] = (int8_t)value;
    }
}

/* Writes through another function: its array is not const either. From golden/helperFunction.ts. */
static INLINE void helper_function_fill_all(int8_t *array, int32_t count, int32_t value)
{
    if (count == 0) {
        return;
    }
    helper_function_fill(array, count, value);
}

/* Larger of the two, and never below 0. From golden/helperFunction.ts. */
static INLINE int32_t helper_function_at_least(int32_t x, int32_t floor)
{
    if (x < floor) {
        return floor;
    } else {
        return x;
    }
}

/* helperFunction: int8 [5] -> int8 [5]. From golden/helperFunction.ts, specialised for spread. */
static void helper_function_5_5(const int8_t *input, const int8_t *weights, int8_t *output)
{
    int32_t total = helper_function_dot(input, weights, 5);
    helper_function_fill_all(output, 5, clamp(helper_function_at_least(total >> 4, 0), -128, 127));
}

/* spread: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void run_spread(void)
{
    helper_function_5_5(network_arena + 0, spread_weights, network_arena + 8);
}
