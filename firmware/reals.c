/* Real numbers in integer arithmetic, for texts. The host's twins: quantizeTensor.ts and meanSquaredError.ts. */
#include "reals.h"

#include "float32.h"

int real_is_finite(uint32_t bits)
{
    return (bits >> 23 & 0xFF) != 0xFF;
}

/* mantissa * 2^exponent to the nearest integer, ties up; limit + 1 stands for more than the limit. */
static uint32_t round_to_integer(uint32_t mantissa, int32_t exponent, uint32_t limit)
{
    uint64_t rounded = mantissa;
    if (exponent <= -33) {
        rounded = 0;
    } else if (exponent < 0) {
        rounded = (rounded + (1ull << (-exponent - 1))) >> -exponent;
    } else if (exponent < 32) {
        rounded <<= exponent;
    } else if (mantissa != 0) {
        rounded = UINT64_MAX;
    }
    return rounded > limit ? limit + 1 : (uint32_t)rounded;
}

int8_t real_quantize(uint32_t bits, uint32_t scale_bits, int32_t zero_point)
{
    return (int8_t)quantize_bits(bits, scale_bits, zero_point, -128, 127);
}

static int32_t fixed(uint32_t mantissa, int32_t exponent, int is_negative)
{
    const uint32_t rounded = round_to_integer(mantissa, exponent, REAL_LIMIT);
    if (rounded > REAL_LIMIT) {
        return REAL_TOO_LARGE;
    }
    return is_negative ? -(int32_t)rounded : (int32_t)rounded;
}

int32_t real_fixed(uint32_t bits, int32_t fraction_bits)
{
    return fixed(mantissa_of(bits), exponent_of(bits) + fraction_bits, bits >> 31 != 0);
}

int32_t real_scaled(uint32_t scale_bits, int32_t steps, int32_t fraction_bits)
{
    const uint32_t magnitude = (uint32_t)(steps < 0 ? -steps : steps); /* 24 bits times 8 */
    return fixed(mantissa_of(scale_bits) * magnitude, exponent_of(scale_bits) + fraction_bits, steps < 0);
}

void real_add_square(real_sum_t *sum, int32_t value)
{
    const uint64_t square = (uint64_t)((int64_t)value * value);
    sum->low += square & UINT32_MAX;
    sum->high += square >> 32;
}

/* By hand, sixteen bits at a time: a division of 64 bits is a kilobyte of library. */
uint64_t real_mean(const real_sum_t *sum, uint32_t count)
{
    const uint64_t high = sum->high + (sum->low >> 32);
    uint64_t mean = 0;
    uint32_t rest = 0;
    for (int32_t digit = 5; digit >= 0; digit--) {
        const uint64_t word = digit >= 2 ? high >> (16 * (digit - 2)) : sum->low >> (16 * digit);
        const uint32_t part = rest << 16 | (uint32_t)(word & 0xFFFF);
        mean = mean << 16 | part / count;
        rest = part % count;
    }
    return mean;
}
