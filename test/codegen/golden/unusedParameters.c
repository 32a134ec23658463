/* From golden/unusedParameters.ts. */
static NETWORK_INLINE int32_t network_unused_parameters_pick(int32_t is_first, int32_t first, int32_t _second)
{
    (void)_second;
    if (is_first == 1) {
        return first;
    }
    return 0;
}

/* unusedParameters: int8 [3] -> int8 [3]. From golden/unusedParameters.ts, specialised for constant. */
static void network_unused_parameters_3_3(const int8_t *input, int8_t *output)
{
    (void)input;
    for (int32_t i = 0; i < 3; i++) {
        int32_t value = -5;
        output[i] = (int8_t)value;
    }
}

/* unusedParameters: int8 [3] -> int8 [3]. From golden/unusedParameters.ts, specialised for copies. */
static void network_unused_parameters_3_3_2(const int8_t *input, int8_t *output)
{
    int32_t count = 0;
    for (int32_t i = 0; i < 3; i++) {
        int32_t value = 0;
        count++;
        value = network_unused_parameters_pick(count & 1, input[i], input[0]);
        output[i] = (int8_t)value;
    }
}

/* constant: int8 [3], scale 1, zero point 0 -> int8 [3], scale 1, zero point 0. */
static void network_run_constant(void)
{
    network_unused_parameters_3_3(network_arena.bytes + 0, network_arena.bytes + 4);
}

/* copies: int8 [3], scale 1, zero point 0 -> int8 [3], scale 1, zero point 0. */
static void network_run_copies(void)
{
    network_unused_parameters_3_3_2(network_arena.bytes + 4, network_arena.bytes + 8);
}
