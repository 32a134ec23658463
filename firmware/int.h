/*
 * Integer arithmetic of the kernels, the C twin of src/kernels/int.ts: every function gives the same value there,
 * for every argument in its stated range. Its header names the sources of the rounding rules.
 *
 * An exported network has those that it calls in its own file, under its own name (codegen/cFunctions.ts): this file
 * is read by the exporter and included by tests. Between two empty lines stands one function with its comment.
 *
 * Right shifts of negative numbers and narrowing conversions are arithmetic and modular, as every compiler for the
 * supported targets defines them; exported files check the first. int may have 16 bits.
 */
#ifndef PINFER_INT_H
#define PINFER_INT_H

#include <stdint.h>
#include <string.h>

static inline int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int32_t clamp(int32_t x, int32_t low, int32_t high)
{
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__) && !defined(__clang__)
    /* one instruction, which gcc does not find by itself */
    if (__builtin_constant_p(low) && __builtin_constant_p(high) && low == -128 && high == 127) {
        return (int32_t)__builtin_arm_ssat(x, 8);
    }
#endif
    return x < low ? low : x > high ? high : x;
}

static inline int32_t count_leading_zeros(int32_t x)
{
#if defined(__GNUC__) && __SIZEOF_INT__ == 4
    return x == 0 ? 32 : (int32_t)__builtin_clz((uint32_t)x);
#else
    int32_t count = 32;
    for (uint32_t rest = (uint32_t)x; rest != 0; rest >>= 1) {
        count--;
    }
    return count;
#endif
}

/* Copies source[from..from + 3] to target[to..to + 3]. */
static inline void copy_four(int8_t *target, int32_t to, const int8_t *source, int32_t from)
{
#if defined(__GNUC__)
    __builtin_memcpy(target + to, source + from, 4);
#else
    memcpy(target + to, source + from, 4);
#endif
}

/* a + b, around int32's ends. */
static inline int32_t wrapping_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* x * 2^count, which must fit int32; count in 0..31. */
static inline int32_t shift_left(int32_t x, int32_t count)
{
    return (int32_t)((uint32_t)x << count);
}

/* x / 2^count towards -infinity; count in 0..31. */
static inline int32_t shift_right(int32_t x, int32_t count)
{
    return x >> count;
}

/* x * 2^count, saturated to int32; count in 0..31. */
static inline int32_t saturating_shift_left(int32_t x, int32_t count)
{
    const int64_t product = (int64_t)x * ((int64_t)1 << count);
    return product < INT32_MIN ? INT32_MIN : product > INT32_MAX ? INT32_MAX : (int32_t)product;
}

/* x / 2^count to nearest, ties away from zero; count in 0..31. */
static inline int32_t rounding_shift_right(int32_t x, int32_t count)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << count) - 1u);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> count) + (remainder > threshold ? 1 : 0);
}

/* x / divisor to nearest, ties away from zero; divisor >= 1, |x| + divisor / 2 must fit int32. */
static inline int32_t rounding_divide(int32_t x, int32_t divisor)
{
    const int32_t half = divisor >> 1;
    return (x > 0 ? x + half : x - half) / divisor;
}

/* (a + b) / 2 to nearest, ties away from zero. */
static inline int32_t rounding_half_sum(int32_t a, int32_t b)
{
    const int64_t sum = (int64_t)a + b;
    return (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/* a * b / 2^31 to nearest, ties towards +infinity, saturated (only -2^31 * -2^31 does). */
static inline int32_t rounding_doubling_high_multiply(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* accumulator * multiplier / 2^31 / 2^right_shift, rounded after each of the two steps; multiplier >= 0. */
static inline int32_t requantize(int32_t accumulator, int32_t multiplier, int32_t right_shift)
{
    const int32_t product = (int32_t)(((int64_t)accumulator * multiplier + ((int64_t)1 << 30)) >> 31);
    return rounding_shift_right(product, right_shift);
}

/* clamp(zero_point + requantize(accumulator, multiplier, right_shift), low, high): what a kernel stores. */
static inline int32_t rescale(int32_t accumulator, int32_t multiplier, int32_t right_shift, int32_t zero_point,
                              int32_t low, int32_t high)
{
    return clamp(zero_point + requantize(accumulator, multiplier, right_shift), low, high);
}

/* rescale() for an accumulator of -2^30..2^30-1 and a right_shift of 1..31, if twice the rounding constant, and its
   sum with the product, fit int32. */
static inline int32_t rescale_bounded(int32_t accumulator, int32_t multiplier, int32_t right_shift, int32_t zero_point,
                                      int32_t low, int32_t high)
{
    const int64_t product = (int64_t)(accumulator * 2) * multiplier;
    const int32_t rounded = (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
    const int32_t rounding = shift_left(2 * (zero_point - low) + 1, right_shift) >> 1;
    return low + clamp((rounded + rounding + (rounded >> 31)) >> right_shift, 0, high - low);
}

/* rescale with offset = (2 * zero_point + 1) * 2^(right_shift - 1) and shift = right_shift >= 1 settled before. */
static inline int32_t rescale_settled(int32_t accumulator, int32_t multiplier, int32_t offset, int32_t shift,
                                      int32_t low, int32_t high)
{
    const int32_t product = (int32_t)(((int64_t)accumulator * multiplier + ((int64_t)1 << 30)) >> 31);
    return clamp((product + (product >> 31) + offset) >> shift, low, high);
}

/* rescale for low >= zero_point: offset = (2 * zero_point + 1) * 2^(right_shift - 2), shift = right_shift - 1 >= 1. */
static inline int32_t rescale_rectified(int32_t accumulator, int32_t multiplier, int32_t offset, int32_t shift,
                                        int32_t low, int32_t high)
{
    const int64_t start = (int64_t)offset * ((int64_t)1 << 32) + ((int64_t)1 << 30);
    return clamp((int32_t)((start + (int64_t)accumulator * multiplier) >> 32) >> shift, low, high);
}

/* accumulator * multiplier / 2^right_shift to nearest, ties towards +infinity; right_shift in 1..46, multiplier of 16 bits. */
static inline int32_t requantize_once(int32_t accumulator, int32_t multiplier, int32_t right_shift)
{
    return (int32_t)(((int64_t)accumulator * multiplier + ((int64_t)1 << (right_shift - 1))) >> right_shift);
}

/* x / 2^count to nearest, halves to even; x in 0..2^55, count in 0..62. */
static inline int64_t divide_to_even(int64_t x, int32_t count)
{
    const int64_t whole = x >> count;
    const int64_t beyond = 2 * (x - whole * ((int64_t)1 << count)) - ((int64_t)1 << count);
    return whole + (beyond > 0 || (beyond == 0 && (whole & 1) == 1) ? 1 : 0);
}

/* x as float32 has it: rounded to 24 bits, halves to even; x in 0..2^55. */
static inline int64_t nearest_float(int64_t x)
{
    const int32_t cut = 32 - count_leading_zeros((int32_t)(x >> 24));
    return divide_to_even(x, cut) * ((int64_t)1 << cut);
}

/* The product of accumulator and multiplier / 2^right_shift in float32, rounded to an integer, halves to even. */
static inline int32_t requantize_to_even(int32_t accumulator, int32_t multiplier, int32_t right_shift)
{
    const int64_t magnitude = nearest_float(accumulator < 0 ? -(int64_t)accumulator : accumulator);
    const int32_t steps = (int32_t)divide_to_even(nearest_float(magnitude * multiplier), right_shift);
    return accumulator < 0 ? -steps : steps;
}

/* (x * cosine - y * sine) / 2^15, halves up; |cosine|, |sine| <= 2^15, and the result must fit int32. */
static inline int32_t turn(int32_t x, int32_t y, int32_t cosine, int32_t sine)
{
    return (int32_t)(((int64_t)x * cosine - (int64_t)y * sine + 16384) >> 15);
}

/* The sum of coefficients[c + i] * signal[s + i] over i of 0..4, / 2^30, halves up, within +-2^30. |signal| <= 2^30, and the
   coefficients' sizes are 7 * 2^30 at most together. */
static inline int32_t filter_section(const int32_t *coefficients, int32_t c, const int32_t *signal, int32_t s)
{
    const int32_t *a = coefficients + c;
    const int32_t *x = signal + s;
    int64_t sum = (int64_t)a[0] * x[0] + (int64_t)a[1] * x[1] + (int64_t)a[2] * x[2];
    sum = (sum + (int64_t)a[3] * x[3] + (int64_t)a[4] * x[4] + ((int64_t)1 << 29)) >> 30;
    return sum > ((int32_t)1 << 30) ? (int32_t)1 << 30 : sum < -((int32_t)1 << 30) ? -((int32_t)1 << 30) : (int32_t)sum;
}

#endif
