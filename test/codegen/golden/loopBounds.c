/* int8 [6, 6] */
static const int8_t dense_weights[36] = {
    0, 37, 74, 111, -108, -71, -34, 3, 40, 77, 114, -105, -68, -31, 6, 43, 80, 117, -102, -65, -28, 9, 46, 83,
    120, -99, -62, -25, 12, 49, 86, 123, -96, -59, -22, 15,
};
_Static_assert(sizeof(dense_weights) == 36, "dense_weights takes 36 bytes");

/* loopBounds: int8 [6] -> int8 [6]. From golden/loopBounds.ts, specialised for dense. */
static void loop_bounds_6_6(const int8_t *input, const int8_t *weights, int8_t *output)
{
    for (int32_t row = 0; row < 6; row++) {
        int32_t sum = 0;
        for (int32_t column = 1; column <= 5; column += 2) {
            sum += weights[row * 6 + column] * input[column];
        }
        output[row] = (int8_t)clamp(sum, -128, 127);
    }
}

/* dense: int8 [6], scale 1, zero point 0 -> int8 [6], scale 1, zero point 0. */
static void run_dense(void)
{
    loop_bounds_6_6(network_arena + 0, dense_weights, network_arena + 8);
}
