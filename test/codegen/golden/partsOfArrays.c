/* int8 [4, 2] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH int8_t network_adds_rows_weights[8] = {
    0, 37, 74, 111, -108, -71, -34, 3,
};
NETWORK_ASSERT(network_adds_rows_weights_takes_8_bytes, sizeof(network_adds_rows_weights) == 8);

/* From golden/partsOfArrays.ts. */
static NETWORK_INLINE void network_parts_of_arrays_add_row(const int8_t *a, const NETWORK_FLASH int8_t *b,
                                                           int32_t count, int8_t *sum)
{
    for (int32_t i = 0; i < count; i++) {
        sum[i] = (int8_t)(a[i] + b[i]);
    }
}

/* partsOfArrays: int8 [8] -> int8 [8]. From golden/partsOfArrays.ts, specialised for adds rows. */
static void network_parts_of_arrays_8_8(const int8_t *input, const NETWORK_FLASH int8_t *weights,
                                        int8_t *output)
{
    network_parts_of_arrays_add_row(input, weights, 2, output);
    for (int32_t r = 1; r < 4; r++) {
        const int32_t row = r * 2;
        network_parts_of_arrays_add_row(input + row, weights + row, 2, output + (row >> 1) * 2);
    }
}

/* adds rows: int8 [8], scale 1, zero point 0 -> int8 [8], scale 1, zero point 0. */
static void network_run_adds_rows(void)
{
    network_parts_of_arrays_8_8(network_arena.bytes + 0, network_adds_rows_weights, network_arena.bytes + 8);
}
