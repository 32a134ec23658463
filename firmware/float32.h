/*
 * Float32 values as their bits, in integer arithmetic: real values become a network's integers and back without an
 * instruction for floats, so the bytes depend on no flag, library or unit for floats. The host's twin is quantizeTensor.ts.
 *
 * An exported network has those that it calls in its header, under its own name (codegen/cFunctions.ts). Between two
 * empty lines stands one function with its comment. int may have 16 bits.
 */
#ifndef PINFER_FLOAT32_H
#define PINFER_FLOAT32_H

#include <stdint.h>

/* A value without its sign is mantissa * 2^exponent, 2^23 <= mantissa < 2^24; the mantissa of 0 is 0. */
static inline uint32_t mantissa_of(uint32_t bits)
{
    uint32_t mantissa = bits & 0x7FFFFFu;
    if ((bits & 0x7F800000u) != 0) {
        return mantissa | 0x800000u;
    }
    while (mantissa != 0 && mantissa < 0x800000u) {
        mantissa <<= 1;
    }
    return mantissa;
}

static inline int32_t exponent_of(uint32_t bits)
{
    int32_t exponent = (int32_t)(bits >> 23 & 0xFFu) - 150;
    if (exponent == -150) {
        exponent++;
        for (uint32_t rest = bits & 0x7FFFFFu; rest != 0 && rest < 0x800000u; rest <<= 1) {
            exponent--;
        }
    }
    return exponent;
}

static inline int32_t is_number(uint32_t bits)
{
    return (bits & 0x7FFFFFFFu) <= 0x7F800000u ? 1 : 0;
}

/* mantissa * 2^exponent to the nearest integer, ties up; 0xFFFFFFFF stands for more. mantissa < 2^24. */
static inline uint32_t nearest_integer(uint32_t mantissa, int32_t exponent)
{
    if (exponent >= 0) {
        return mantissa == 0 ? 0 : exponent > 8 ? 0xFFFFFFFFu : mantissa << exponent;
    }
    return exponent < -24 ? 0 : (mantissa + ((uint32_t)1 << (-exponent - 1))) >> -exponent;
}

/* |value| / scale rounded to float32, and that to the nearest integer, ties up; 0xFFFFFFFF stands for more. */
static inline uint32_t steps_of(uint32_t bits, uint32_t scale_bits)
{
    const uint32_t divisor = mantissa_of(scale_bits);
    uint32_t rest = mantissa_of(bits);
    int32_t exponent = exponent_of(bits) - exponent_of(scale_bits) - 23;
    if (rest == 0 || (bits & 0x7F800000u) == 0x7F800000u) {
        return rest == 0 ? 0 : 0xFFFFFFFFu;
    }
    if (rest < divisor) {
        rest <<= 1;
        exponent--;
    }
    rest -= divisor;
    uint32_t quotient = 1; /* and 23 bits more, by digits that a division of 32 bits gives */
    for (int32_t left = 23; left > 0; left -= 8) {
        const int32_t width = left < 8 ? left : 8;
        rest <<= width;
        quotient = quotient << width | rest / divisor;
        rest %= divisor;
    }
    if (2 * rest > divisor) {
        quotient++; /* a quotient of two float32 never lies half way between two */
    }
    if (quotient == 0x1000000u) {
        quotient >>= 1;
        exponent++;
    }
    return nearest_integer(quotient, exponent);
}

/* round(value / scale) + zero_point, ties away from zero, saturated. The value is a number. */
static inline int32_t quantize_bits(uint32_t bits, uint32_t scale_bits, int32_t zero_point, int32_t low, int32_t high)
{
    const int64_t steps = steps_of(bits, scale_bits);
    const int64_t quantized = (int64_t)zero_point + (bits >> 31 != 0 ? -steps : steps);
    return quantized < low ? low : quantized > high ? high : (int32_t)quantized;
}

/* value * 2^power rounded to float32, ties to even; value < 2^57. The sign's bit comes as it is. */
static inline uint32_t float32_of(uint32_t sign, uint64_t value, int32_t power)
{
    uint64_t mantissa = value;
    int32_t exponent = power;
    int32_t shift = 0;
    if (mantissa == 0) {
        return sign;
    }
    while (mantissa < 0x800000u) {
        mantissa <<= 1;
        exponent--;
    }
    while (mantissa >> shift >= 0x1000000u) {
        shift++;
    }
    if (shift > 0) {
        const uint64_t is_odd = mantissa >> shift & 1u;
        mantissa = (mantissa + ((uint64_t)1 << (shift - 1)) - 1u + is_odd) >> shift;
        exponent += shift;
    }
    /* a mantissa that was rounded up to 2^24 carries into the exponent */
    const int32_t biased = exponent + 150;
    if (biased < 1) {
        return sign | (biased < -23 ? 0 : (uint32_t)mantissa >> (1 - biased)); /* steps of such a scale lose no bits */
    }
    return sign | (biased > 254 ? 0x7F800000u : ((uint32_t)biased << 23) + (uint32_t)mantissa - 0x800000u);
}

/* scale * (quantized - zero_point) as a float32. */
static inline uint32_t dequantize_bits(int32_t quantized, uint32_t scale_bits, int32_t zero_point)
{
    const int64_t steps = (int64_t)quantized - zero_point;
    const uint64_t product = mantissa_of(scale_bits) * (uint64_t)(steps < 0 ? -steps : steps);
    return float32_of(steps < 0 ? 0x80000000u : 0, product, exponent_of(scale_bits));
}

/* value / 2^16 as a float32. */
static inline uint32_t float32_of_q16(int32_t q16)
{
    const uint32_t magnitude = q16 < 0 ? 0u - (uint32_t)q16 : (uint32_t)q16;
    return float32_of(q16 < 0 ? 0x80000000u : 0, magnitude, -16);
}

/* value * 2^16 to the nearest integer, ties away from zero, saturated. */
static inline int32_t q16_of_float32(uint32_t bits)
{
    const uint32_t magnitude = nearest_integer(mantissa_of(bits), exponent_of(bits) + 16);
    if (magnitude > 0x7FFFFFFFu) {
        return bits >> 31 != 0 ? -0x7FFFFFFF - 1 : 0x7FFFFFFF;
    }
    return bits >> 31 != 0 ? -(int32_t)magnitude : (int32_t)magnitude;
}

#endif
