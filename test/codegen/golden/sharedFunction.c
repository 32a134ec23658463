/* int8 [4] */
static const int8_t first_weights[4] = {
    0, 37, 74, 111,
};
_Static_assert(sizeof(first_weights) == 4, "first_weights takes 4 bytes");

/* int8 [4] */
static const int8_t second_weights[4] = {
    0, 37, 74, 111,
};
_Static_assert(sizeof(second_weights) == 4, "second_weights takes 4 bytes");

/* int8 [4] */
static const int8_t third_weights[4] = {
    111, 74, 37, 0,
};
_Static_assert(sizeof(third_weights) == 4, "third_weights takes 4 bytes");

/* sharedFunction: int8 [4] -> int8 [4]. From golden/sharedFunction.ts, specialised for first, third. */
static void shared_function_4_4(const int8_t *input, const int8_t *weights, int8_t *output)
{
    for (int32_t i = 0; i < 4; i++) {
        output[i] = (int8_t)((input[i] + weights[i]) >> 1);
    }
}

/* sharedFunction: int8 [4] -> int8 [4]. From golden/sharedFunction.ts, specialised for second. */
static void shared_function_4_4_2(const int8_t *input, const int8_t *weights, int8_t *output)
{
    for (int32_t i = 0; i < 4; i++) {
        output[i] = (int8_t)((input[i] + weights[i]) >> 2);
    }
}

/* first: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void run_first(void)
{
    shared_function_4_4(network_arena + 0, first_weights, network_arena + 4);
}

/* second: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void run_second(void)
{
    shared_function_4_4_2(network_arena + 4, second_weights, network_arena + 8);
}

/* third: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void run_third(void)
{
    shared_function_4_4(network_arena + 8, third_weights, network_arena + 12);
}
