/* uint8 [5] */
static const uint8_t whole_shift[5] = {
    0, 1, 31, 200, 255,
};
_Static_assert(sizeof(whole_shift) == 5, "whole_shift takes 5 bytes");

/* uint8 [5] */
static const uint8_t narrow_shift[5] = {
    0, 1, 31, 200, 255,
};
_Static_assert(sizeof(narrow_shift) == 5, "narrow_shift takes 5 bytes");

/* uint8 [5] */
static const uint8_t none_shift[5] = {
    0, 1, 31, 200, 255,
};
_Static_assert(sizeof(none_shift) == 5, "none_shift takes 5 bytes");

/* limitsOfTypes: int8 [5] -> int8 [5]. From golden/limitsOfTypes.ts, specialised for whole. */
static void limits_of_types_5_5(const int8_t *input, const uint8_t *shift, int8_t *output)
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
static void limits_of_types_5_5_2(const int8_t *input, const uint8_t *shift, int8_t *output)
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
static void limits_of_types_5_5_3(const int8_t *input, const uint8_t *shift, int8_t *output)
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
static void run_whole(void)
{
    limits_of_types_5_5(network_arena + 0, whole_shift, network_arena + 8);
}

/* narrow: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void run_narrow(void)
{
    limits_of_types_5_5_2(network_arena + 8, narrow_shift, network_arena + 16);
}

/* none: int8 [5], scale 1, zero point 0 -> int8 [5], scale 1, zero point 0. */
static void run_none(void)
{
    limits_of_types_5_5_3(network_arena + 16, none_shift, network_arena + 24);
}
