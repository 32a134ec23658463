/*
 * Real numbers in integer arithmetic: float32 comes as its bits.
 */
#ifndef PINFER_REALS_H
#define PINFER_REALS_H

#include <stdint.h>

/* The largest magnitude of a real number in fixed point; beyond it is REAL_TOO_LARGE. */
#define REAL_LIMIT (1 << 30)
#define REAL_TOO_LARGE INT32_MIN

/* Neither infinite nor no number. */
int real_is_finite(uint32_t bits);

/*
 * What the host's quantizer gives: value / scale rounded to float32, that to the nearest integer, ties away from zero,
 * plus the zero point, clamped to int8. The value is finite, the scale normal and above 0.
 */
int8_t real_quantize(uint32_t bits, uint32_t scale_bits, int32_t zero_point);

/* Both in units of 2^-fraction_bits, to the nearest, ties away from zero. |steps| is at most 255. */
int32_t real_fixed(uint32_t bits, int32_t fraction_bits);
int32_t real_scaled(uint32_t scale_bits, int32_t steps, int32_t fraction_bits);

/* A sum of squares: high * 2^32 + low. */
typedef struct {
    uint64_t high;
    uint64_t low;
} real_sum_t;

void real_add_square(real_sum_t *sum, int32_t value);
/* Rounded down. 0 < count < 2^16. */
uint64_t real_mean(const real_sum_t *sum, uint32_t count);

#endif
