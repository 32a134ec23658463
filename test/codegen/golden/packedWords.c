static inline int32_t network_clamp(int32_t x, int32_t low, int32_t high)
{
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__) && !defined(__clang__)
    /* one instruction, which gcc does not find by itself */
    if (__builtin_constant_p(low) && __builtin_constant_p(high) && low == -128 && high == 127) {
        return (int32_t)__builtin_arm_ssat(x, 8);
    }
#endif
    return x < low ? low : x > high ? high : x;
}

/* Copies source[from..from + 3] to target[to..to + 3]. */
static inline void network_copy_four(int8_t *target, int32_t to, const int8_t *source, int32_t from)
{
#if defined(__GNUC__)
    __builtin_memcpy(target + to, source + from, 4);
#else
    memcpy(target + to, source + from, 4);
#endif
}

/* array[at..at + 3] as a word, at any place. */
static inline int32_t network_load_four(const int8_t *array, int32_t at)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    int32_t word;
    __builtin_memcpy(&word, array + at, sizeof word);
    return word;
#else
    const uint32_t low = (uint32_t)(uint8_t)array[at] | (uint32_t)(uint8_t)array[at + 1] << 8;
    return (int32_t)(low | (uint32_t)(uint8_t)array[at + 2] << 16 | (uint32_t)(uint8_t)array[at + 3] << 24);
#endif
}

/* Bytes 0 and 2 of a word as two int16. */
static inline int32_t network_spread_even(int32_t word)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__sxtb16((int8x4_t)word);
#else
    return (int32_t)((uint32_t)(uint16_t)(int8_t)word | (uint32_t)(uint16_t)(int8_t)(word >> 16) << 16);
#endif
}

/* Bytes 1 and 3 of a word as two int16. */
static inline int32_t network_spread_odd(int32_t word)
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t halves;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
    return halves;
#else
    return network_spread_even((int32_t)((uint32_t)word >> 8 | (uint32_t)word << 24));
#endif
}

/* The lower halves of two words, that of a lowest. */
static inline int32_t network_pack_low(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t word;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(word) : "r"(a), "r"(b));
    return word;
#else
    return (int32_t)((uint32_t)(uint16_t)a | (uint32_t)b << 16);
#endif
}

/* sum + a's lower half * b's + a's upper half * b's, modulo 2^32. */
static inline int32_t network_dual_multiply_add(int32_t a, int32_t b, int32_t sum)
{
#if defined(__ARM_FEATURE_DSP)
    return __smlad((int16x2_t)a, (int16x2_t)b, sum);
#else
    const int32_t low = (int32_t)(int16_t)a * (int16_t)b;
    const int32_t high = (a >> 16) * (b >> 16);
    return (int32_t)((uint32_t)sum + (uint32_t)low + (uint32_t)high);
#endif
}

/* addend + a * b / 2^32 to nearest, ties towards +infinity, modulo 2^32. */
static inline int32_t network_high_multiply_add(int32_t a, int32_t b, int32_t addend)
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t sum;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(addend));
    return sum;
#else
    const int32_t product = (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
    return (int32_t)((uint32_t)addend + (uint32_t)product);
#endif
}

/* rescale_settled of half of twice, with offset = (2 * zero_point + 1) * 2^(right_shift - 1) and shift = right_shift. */
static inline int32_t network_rescale_doubled(int32_t twice, int32_t multiplier, int32_t offset,
                                              int32_t shift, int32_t low, int32_t high)
{
    return network_clamp(network_high_multiply_add(twice, multiplier, offset + (twice >> 31)) >> shift, low, high);
}

/* int8 [8] */
NETWORK_TABLES_ATTRIBUTES static const int8_t network_words_weights[8] = {
    0, 37, 74, 111, -108, -71, -34, 3,
};
NETWORK_ASSERT(network_words_weights_takes_8_bytes, sizeof(network_words_weights) == 8);

/* Writes through a function of int.ts alone: its array is not const either. From golden/packedWords.ts. */
static NETWORK_INLINE void network_packed_words_copy_word(int8_t *target, const int8_t *source, int32_t at)
{
    network_copy_four(target, at, source, at);
}

/* packedWords: int8 [8] -> int8 [8]. From golden/packedWords.ts, specialised for words. */
static void network_packed_words_8_8(const int8_t *input, const int8_t *weights, int8_t *output)
{
    for (int32_t i = 0; i < 8; i += 4) {
        network_packed_words_copy_word(output, input, i);
    }
    for (int32_t i = 0; i < 8; i += 4) {
        const int32_t x = network_load_four(input, i);
        const int32_t w = network_load_four(weights, i);
        int32_t sum = network_dual_multiply_add(network_spread_even(x), network_spread_even(w),
                                                network_pack_low(i, 0));
        sum = network_dual_multiply_add(network_spread_odd(x), network_spread_odd(w), sum);
        output[i] = (int8_t)network_rescale_doubled(sum * 2, 1518500250, 896, 8, -128, 127);
    }
}

/* words: int8 [8], scale 1, zero point 0 -> int8 [8], scale 1, zero point 0. */
static void network_run_words(void)
{
    network_packed_words_8_8(network_arena.bytes + 0, network_words_weights, network_arena.bytes + 8);
}
