/* compoundAssignment: int8 [9] -> int8 [9]. From golden/compoundAssignment.ts, specialised for wraps. */
static void network_compound_assignment_9_9(const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < 9; i++) {
        output[i] = (int8_t)input[i];
        output[i] = (int8_t)(output[i] + 200);
        output[i] = (int8_t)(output[i] - input[i] * 3);
        output[i] = (int8_t)(output[i] * 5);
        output[i] = (int8_t)(output[i] & 126);
        output[i] = (int8_t)(output[i] | 1);
        output[i] = (int8_t)(output[i] ^ input[i]);
        output[i] = (int8_t)(output[i] >> 1);
        output[i] = (int8_t)(output[i] + 1);
        output[i] = (int8_t)(output[i] - 1);
        int32_t x = input[i];
        x++;
        x--;
        x *= 3;
        x >>= 1;
        x ^= 5;
        x++;
        output[i] = (int8_t)(output[i] + (x < 0 ? -x : x));
    }
}

/* wraps: int8 [9], scale 1, zero point 0 -> int8 [9], scale 1, zero point 0. */
static void network_run_wraps(void)
{
    network_compound_assignment_9_9(network_arena.bytes + 0, network_arena.bytes + 12);
}
