/* int8 [3] */
static const int8_t adds_weights[3] = {
    0, 37, 74,
};
_Static_assert(sizeof(adds_weights) == 3, "adds_weights takes 3 bytes");

/* int8 [2] */
static const int8_t adds_bias[2] = {
    1, 2,
};
_Static_assert(sizeof(adds_bias) == 2, "adds_bias takes 2 bytes");

/* From golden/rows.ts. */
static INLINE int32_t files_beside_limited(int32_t x)
{
    return clamp(x, -100, 100);
}

/* row[i] + table[i] + bias, not beyond 100. From golden/rows.ts. */
static INLINE void files_beside_add_row(const int8_t *row, const int8_t *table, int32_t bias, int32_t count,
                                        int8_t *output)
{
    for (int32_t i = 0; i < count; i++) {
        output[i] = (int8_t)files_beside_limited(row[i] + table[i] + bias);
    }
}

/* filesBeside: int8 [6] -> int8 [6]. From golden/filesBeside.ts, specialised for adds. */
static void files_beside_6_6(const int8_t *input, const int8_t *weights, const int8_t *bias, int8_t *output)
{
    for (int32_t r = 0; r < 2; r++) {
        const int32_t from = r * 3;
        files_beside_add_row(input + from, weights, bias[r], 3, output + from);
    }
}

/* adds: int8 [6], scale 1, zero point 0 -> int8 [6], scale 1, zero point 0. */
static void run_adds(void)
{
    files_beside_6_6(network_arena + 0, adds_weights, adds_bias, network_arena + 8);
}
