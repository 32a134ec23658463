/* uint8 [5] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH uint8_t network_whole_shift[5] = {
    0, 1, 31, 200, 255,
};
NETWORK_ASSERT(network_whole_shift_takes_5_bytes, sizeof(network_whole_shift) == 5);

/* uint8 [5] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH uint8_t network_narrow_shift[5] = {
    0, 1, 31, 200, 255,
};
NETWORK_ASSERT(network_narrow_shift_takes_5_bytes, sizeof(network_narrow_shift) == 5);

/* uint8 [5] */
NETWORK_TABLES_ATTRIBUTES static const NETWORK_FLASH uint8_t network_none_shift[5] = {
    0, 1, 31, 200, 255,
};
NETWORK_ASSERT(network_none_shift_takes_5_bytes, sizeof(network_none_shift) == 5);

/* limitsOfTypes: int8 [5] -> int8 [5]. From golden/limitsOfTypes.ts, specialised for whole. */
static void network_limits_of_types_5_5(const int8_t *input, const NETWORK_FLASH uint8_t *shift,
                                        int8_t *output)
{
    for (int32_t i = 0; i < 5; i++) {
        int32_t x = input[i];
        if (input[i] != -128) {
            x += shift[i];
        }
        output[i] = (int8_t)x;
    }
}

/* limitsOfTypes: int8 [5] -> int8 [5]. From golden/limitsOfTypes.ts, specialised for narrow. */
static void network_limits_of_types_5_5_2(const int8_t *input, const NETWORK_FLASH uint8_t *shift,
                                          int8_t *output)
{
    for (int32_t i = 0; i < 5; i++) {
        int32_t x = input[i];
        if (input[i] < -127 || 126 < input[i]) {
            x = 0;
        }
        if (input[i] != -128) {
            x += shift[i];
        }
        output[i] = (int8_t)x;
    }
}

/* limitsOfTypes: int8 [5] -> int8 [5]. From golden/limitsOfTypes.ts, specialised for none. */
static void network_limits_of_types_5_5_3(const int8_t *input, const NETWORK_FLASH uint8_t *shift,
                                          int8_t *output)
{
    for (int32_t i = 0; i < 5; i++) {
        int32_t x = input[i];
        x = 0;
        if (input[i] != -128) {
            x += shift[i];
        }
        output[i] = (int8_t)x;
    }
}

/* whole: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void network_run_whole(void)
{
    network_limits_of_types_5_5(network_arena.bytes + 0, network_whole_shift, network_arena.bytes + 8);
}

/* narrow: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void network_run_narrow(void)
{
    network_limits_of_types_5_5_2(network_arena.bytes + 8, network_narrow_shift, network_arena.bytes + 16);
}

/* none: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void network_run_none(void)
{
    network_limits_of_types_5_5_3(network_arena.bytes + 16, network_none_shift, network_arena.bytes + 24);
}
