static inline int32_t network_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t network_max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* precedence: int8 [30] -> int8 [30]. From golden/precedence.ts, specialised for groups. */
static void network_precedence_30_30(const int8_t *input, int8_t *output)
{
    const int32_t a = input[0];
    const int32_t b = input[1];
    const int32_t c = input[2];
    output[0] = (int8_t)(a - (b - c));
    output[1] = (int8_t)(a - b - c);
    output[2] = (int8_t)((a + b) * c);
    output[3] = (int8_t)(a + b * c);
    output[4] = (int8_t)((a + b) >> 2);
    output[5] = (int8_t)(a + (b >> 2));
    output[6] = (int8_t)((a & b) + c);
    output[7] = (int8_t)(a & (b + c));
    output[8] = (int8_t)(a | (b & c));
    output[9] = (int8_t)((a ^ b) & (b | c));
    output[10] = (int8_t)(a - (-1));
    output[11] = (int8_t)(a - (-b));
    output[12] = (int8_t)-(a - b);
    output[13] = (int8_t)(a < b ? (b < c ? 1 : 2) : (c < a ? 3 : 4));
    output[14] = (int8_t)((a < b ? a : b) + c);
    output[15] = (int8_t)((a < 0 && b < 0) || c < 0 ? 1 : 0);
    output[16] = (int8_t)(a < 0 && (b < 0 || c < 0) ? 1 : 0);
    output[17] = (int8_t)(!(a < b) ? 1 : 0);
    output[18] = (int8_t)(a * -7);
    output[19] = (int8_t)(a + (-7));
    output[20] = (int8_t)(a - (-7));
    output[21] = (int8_t)(network_max(a, INT32_MIN) + (a == INT32_MIN ? 1 : 0));
    output[22] = (int8_t)(network_min(-2147483647, -1) >> 31);
    output[23] = (int8_t)((a & 3) == 1 ? 5 : 6);
    output[24] = (int8_t)(a * (b * c));
    output[25] = (int8_t)(a >> 1 >> 1);
    output[26] = (int8_t)(a + (b + c));
    output[27] = (int8_t)-(-a);
    output[28] = (int8_t)((a & 15) * 10 + 10);
    output[29] = (int8_t)(a >> 2);
}

/* groups: int8 [30], scale 1, zero point 0 -> int8 [30], scale 1, zero point 0. */
static void network_run_groups(void)
{
    network_precedence_30_30(network_arena.bytes + 0, network_arena.bytes + 32);
}
