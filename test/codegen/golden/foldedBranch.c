/* int32 [4]; empty where hasBias is 0. */
static const int32_t subtracts_bias[4] = {
    1, -2, 3, -4,
};
_Static_assert(sizeof(subtracts_bias) == 16, "subtracts_bias takes 16 bytes");

/* int32 [4]; empty where hasBias is 0. */
static const int32_t adds_bias[4] = {
    5, 6, 9, -1048576,
};
_Static_assert(sizeof(adds_bias) == 16, "adds_bias takes 16 bytes");

/* foldedBranch: int8 [4] -> int8 [4]. From golden/foldedBranch.ts, specialised for doubles. */
static void folded_branch_4_4(const int8_t *input, int8_t *output)
{
    const int32_t lowest = -128;
    for (int32_t i = 0; i < 4; i++) {
        int32_t value = input[i];
        const int32_t doubled = value * 2;
        value = doubled;
        output[i] = (int8_t)clamp(value, lowest, 127);
    }
}

/* foldedBranch: int8 [4] -> int8 [4]. From golden/foldedBranch.ts, specialised for subtracts. */
static void folded_branch_4_4_2(const int8_t *input, const int32_t *bias, int8_t *output)
{
    const int32_t lowest = -128;
    for (int32_t i = 0; i < 4; i++) {
        int32_t value = input[i];
        {
            const int32_t addend = bias[i];
            value += addend;
        }
        if (value > 3) {
            value -= 3;
        } else {
            value++;
        }
        output[i] = (int8_t)clamp(value, lowest, 127);
    }
}

/* foldedBranch: int8 [4] -> int8 [4]. From golden/foldedBranch.ts, specialised for adds. */
static void folded_branch_4_4_3(const int8_t *input, const int32_t *bias, int8_t *output)
{
    const int32_t lowest = -100;
    for (int32_t i = 0; i < 4; i++) {
        int32_t value = input[i];
        {
            const int32_t addend = bias[i];
            value += addend;
        }
        value++;
        output[i] = (int8_t)clamp(value, lowest, 127);
    }
}

/* doubles: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void run_doubles(void)
{
    folded_branch_4_4(network_arena + 0, network_arena + 4);
}

/* subtracts: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void run_subtracts(void)
{
    folded_branch_4_4_2(network_arena + 4, subtracts_bias, network_arena + 8);
}

/* adds: int8 [4], scale 1, zero point 0 -> int8 [4], scale 1, zero point 0. */
static void run_adds(void)
{
    folded_branch_4_4_3(network_arena + 8, adds_bias, network_arena + 12);
}
