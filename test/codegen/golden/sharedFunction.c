/* int8 [4] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_first_weights[4] = {
    0, 37, 74, 111,
};
NETWORK_ASSERT(network_first_weights_takes_4_bytes, sizeof(network_first_weights) == 4);

/* int8 [4] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_second_weights[4] = {
    0, 37, 74, 111,
};
NETWORK_ASSERT(network_second_weights_takes_4_bytes, sizeof(network_second_weights) == 4);

/* int8 [4] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_third_weights[4] = {
    111, 74, 37, 0,
};
NETWORK_ASSERT(network_third_weights_takes_4_bytes, sizeof(network_third_weights) == 4);

/* sharedFunction: int8 [4] -> int8 [4]. From golden/sharedFunction.ts, specialised for first, third. */
static void network_shared_function_4_4(const int8_t *input, const NETWORK_FLASH int8_t *weights,
                                        int8_t *output)
{
    for (int32_t i = 0; i < 4; i++) {
        output[i] = (int8_t)((input[i] + weights[i]) >> 1);
    }
}

/* sharedFunction: int8 [4] -> int8 [4]. From golden/sharedFunction.ts, specialised for second. */
static void network_shared_function_4_4_2(const int8_t *input, const NETWORK_FLASH int8_t *weights,
                                          int8_t *output)
{
    for (int32_t i = 0; i < 4; i++) {
        output[i] = (int8_t)((input[i] + weights[i]) >> 2);
    }
}

/* first: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void network_run_first(void)
{
    network_shared_function_4_4(network_arena.bytes + 0, network_first_weights, network_arena.bytes + 4);
}

/* second: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void network_run_second(void)
{
    network_shared_function_4_4_2(network_arena.bytes + 4, network_second_weights, network_arena.bytes + 8);
}

/* third: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void network_run_third(void)
{
    network_shared_function_4_4(network_arena.bytes + 8, network_third_weights, network_arena.bytes + 12);
}
