/*
 * Packed arithmetic of the kernels, the C twin of src/kernels/simd.ts: every function gives the same value there. Words
 * hold four int8 or two int16, the first one in the lowest bits.
 *
 * Its functions go into exported networks as those of int.h do. With Arm's DSP extension they are intrinsics of
 * <arm_acle.h>; what gcc 12 forms neither from them nor from C is one line of assembly. Without it they are plain C.
 */
#ifndef PINFER_SIMD_H
#define PINFER_SIMD_H

#include "int.h"

#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>
#endif

/* array[at..at + 3] as a word, at any place. */
static inline int32_t load_four(const int8_t *array, int32_t at)
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

/* array[at] and array[at + 1] as a word. */
static inline int32_t load_pair(const int16_t *array, int32_t at)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    int32_t word;
    __builtin_memcpy(&word, array + at, sizeof word);
    return word;
#else
    return (int32_t)((uint32_t)(uint16_t)array[at] | (uint32_t)(uint16_t)array[at + 1] << 16);
#endif
}

/* Sets array[at] and array[at + 1] to a word's halves. */
static inline void store_pair(int16_t *array, int32_t at, int32_t word)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    __builtin_memcpy(array + at, &word, sizeof word);
#else
    array[at] = (int16_t)word;
    array[at + 1] = (int16_t)(word >> 16);
#endif
}

/* Bytes 0 and 2 of a word as two int16. */
static inline int32_t spread_even(int32_t word)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__sxtb16((int8x4_t)word);
#else
    return (int32_t)((uint32_t)(uint16_t)(int8_t)word | (uint32_t)(uint16_t)(int8_t)(word >> 16) << 16);
#endif
}

/* Bytes 1 and 3 of a word as two int16. */
static inline int32_t spread_odd(int32_t word)
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t halves;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
    return halves;
#else
    return spread_even((int32_t)((uint32_t)word >> 8 | (uint32_t)word << 24));
#endif
}

/* The lower int16 of a word. */
static inline int32_t low_half(int32_t word)
{
    return (int16_t)word;
}

/* The lower halves of two words, that of a lowest. */
static inline int32_t pack_low(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t word;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(word) : "r"(a), "r"(b));
    return word;
#else
    return (int32_t)((uint32_t)(uint16_t)a | (uint32_t)b << 16);
#endif
}

/* The upper halves of two words, that of a lowest. */
static inline int32_t pack_high(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t word;
    __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(word) : "r"(a), "r"(b));
    return word;
#else
    return (int32_t)((uint32_t)a >> 16 | ((uint32_t)b & 0xffff0000u));
#endif
}

/* The lower half of a word and the upper one of another. */
static inline int32_t pack_ends(int32_t low, int32_t high)
{
    return (int32_t)((uint32_t)(uint16_t)low | ((uint32_t)high & 0xffff0000u));
}

/* sum + a's lower half * b's + a's upper half * b's, modulo 2^32. */
static inline int32_t dual_multiply_add(int32_t a, int32_t b, int32_t sum)
{
#if defined(__ARM_FEATURE_DSP)
    return __smlad((int16x2_t)a, (int16x2_t)b, sum);
#else
    const int32_t low = (int32_t)(int16_t)a * (int16_t)b;
    const int32_t high = (a >> 16) * (b >> 16);
    return (int32_t)((uint32_t)sum + (uint32_t)low + (uint32_t)high);
#endif
}

/* sum + a's lower half * b's - a's upper half * b's, modulo 2^32. */
static inline int32_t dual_multiply_subtract(int32_t a, int32_t b, int32_t sum)
{
#if defined(__ARM_FEATURE_DSP)
    return __smlsd((int16x2_t)a, (int16x2_t)b, sum);
#else
    const int32_t low = (int32_t)(int16_t)a * (int16_t)b;
    const int32_t high = (a >> 16) * (b >> 16);
    return (int32_t)((uint32_t)sum + (uint32_t)low - (uint32_t)high);
#endif
}

/* sum + a's lower half * b's upper one + a's upper half * b's lower one, modulo 2^32. */
static inline int32_t dual_multiply_cross(int32_t a, int32_t b, int32_t sum)
{
#if defined(__ARM_FEATURE_DSP)
    return __smladx((int16x2_t)a, (int16x2_t)b, sum);
#else
    const int32_t low = (int32_t)(int16_t)a * (b >> 16);
    const int32_t high = (a >> 16) * (int16_t)b;
    return (int32_t)((uint32_t)sum + (uint32_t)low + (uint32_t)high);
#endif
}

/* sum + a's upper half * b's lower one, modulo 2^32. */
static inline int32_t cross_multiply_add(int32_t a, int32_t b, int32_t sum)
{
#if defined(__ARM_FEATURE_DSP)
    return __smlatb(a, b, sum);
#else
    return (int32_t)((uint32_t)sum + (uint32_t)((a >> 16) * (int16_t)b));
#endif
}

/* addend + a * b / 2^32 to nearest, ties towards +infinity, modulo 2^32. */
static inline int32_t high_multiply_add(int32_t a, int32_t b, int32_t addend)
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

/* addend + a * b / 2^32 towards -infinity, modulo 2^32. */
static inline int32_t high_multiply_add_floor(int32_t a, int32_t b, int32_t addend)
{
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
    int32_t sum;
    __asm__("smmla %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(addend));
    return sum;
#else
    return (int32_t)((uint32_t)addend + (uint32_t)(((int64_t)a * b) >> 32));
#endif
}

/* a - b modulo 2^32. */
static inline int32_t wrapped_difference(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

/* rescale_settled of half of twice, with offset = (2 * zero_point + 1) * 2^(right_shift - 1) and shift = right_shift. */
static inline int32_t rescale_doubled(int32_t twice, int32_t multiplier, int32_t offset, int32_t shift, int32_t low,
                                      int32_t high)
{
    return clamp(high_multiply_add(twice, multiplier, offset + (twice >> 31)) >> shift, low, high);
}

/* rescale_doubled for low >= zero_point. */
static inline int32_t rescale_doubled_rectified(int32_t twice, int32_t multiplier, int32_t offset, int32_t shift,
                                                int32_t low, int32_t high)
{
    return clamp(high_multiply_add(twice, multiplier, offset) >> shift, low, high);
}

/* rescale_rectified of scaled = accumulator * 2^scale, with offset = (2 * zero_point + 1) * 2^(shift - 1)
   + 2^(scale - 2) and shift = right_shift + scale - 1. */
static inline int32_t rescale_scaled(int32_t scaled, int32_t multiplier, int32_t offset, int32_t shift, int32_t low,
                                     int32_t high)
{
    return clamp(high_multiply_add_floor(scaled, multiplier, offset) >> shift, low, high);
}

/* a + b in both halves, each modulo 2^16. */
static inline int32_t add_pairs(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__sadd16((int16x2_t)a, (int16x2_t)b);
#else
    return pack_low((int32_t)((uint32_t)a + (uint32_t)b), (a >> 16) + (b >> 16));
#endif
}

/* a - b in both halves, each modulo 2^16. */
static inline int32_t subtract_pairs(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__ssub16((int16x2_t)a, (int16x2_t)b);
#else
    return pack_low((int32_t)((uint32_t)a - (uint32_t)b), (a >> 16) - (b >> 16));
#endif
}

/* a's lower half - b's upper one, a's upper half + b's lower one, each modulo 2^16. */
static inline int32_t add_turned(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__sasx((int16x2_t)a, (int16x2_t)b);
#else
    return pack_low((int32_t)((uint32_t)a - (uint32_t)(b >> 16)), (int32_t)((uint32_t)(a >> 16) + (uint32_t)b));
#endif
}

/* a's lower half + b's upper one, a's upper half - b's lower one, each modulo 2^16. */
static inline int32_t subtract_turned(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__ssax((int16x2_t)a, (int16x2_t)b);
#else
    return pack_low((int32_t)((uint32_t)a + (uint32_t)(b >> 16)), (int32_t)((uint32_t)(a >> 16) - (uint32_t)b));
#endif
}

/* (a + b) / 2 in both halves, towards -infinity. */
static inline int32_t halve_sums(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__shadd16((int16x2_t)a, (int16x2_t)b);
#else
    return pack_low((low_half(a) + low_half(b)) >> 1, ((a >> 16) + (b >> 16)) >> 1);
#endif
}

/* (a - b) / 2 in both halves, towards -infinity. */
static inline int32_t halve_differences(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    return (int32_t)__shsub16((int16x2_t)a, (int16x2_t)b);
#else
    return pack_low((low_half(a) - low_half(b)) >> 1, ((a >> 16) - (b >> 16)) >> 1);
#endif
}

/* x / 3 for a multiple of 3: its product with the inverse of 3 modulo 2^32. */
static inline int32_t exact_third(int32_t x)
{
    return (int32_t)((uint32_t)x * 0xaaaaaaabu);
}

#endif
