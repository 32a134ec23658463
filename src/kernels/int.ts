/**
 * Integer arithmetic of the kernels, twinned by firmware/int.h: every function here gives the same value there, for
 * every argument in its stated range. Kernels may use plain `+ − *` because the quantizer proves that no
 * accumulator leaves int32; products over 32 bits live only in this file.
 *
 * Rounding follows TensorFlow Lite Micro's reference kernels ("double rounding"), which take it from gemmlowp's
 * fixedpoint.h. requantizeOnce is theirs for int16 activations; requantizeToEven follows onnxruntime.
 */

/** Integers in −2^31..2^31−1. The generator reads the written annotation, so every kernel variable carries one. */
export type i32 = number;

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * Asks the C compiler to unroll the loop that follows `count` times; has no effect on the host. A measured choice
 * of each kernel that uses it.
 */
export function unroll(_count: i32): void {}

/**
 * `count` sums, 1 to 32 and 0 at first, that are locals of their own in C: a loop whose variable goes into their indices
 * is written out, so its bounds are numbers of the layer.
 */
export function registers(count: i32): Int32Array {
  return new Int32Array(count);
}

/** The smaller of two. */
export function min(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/** The larger of two. */
export function max(a: i32, b: i32): i32 {
  return a > b ? a : b;
}

/** The nearest value to x in low..high. */
export function clamp(x: i32, low: i32, high: i32): i32 {
  return x < low ? low : x > high ? high : x;
}

/** Zero bits above the highest set bit of x as 32 unsigned bits; 32 for 0. */
export function countLeadingZeros(x: i32): i32 {
  return Math.clz32(x);
}

/** Copies source[from..from + 3] to target[to..to + 3], in one load and one store where the core can. */
export function copyFour(target: Int8Array, to: i32, source: Int8Array, from: i32): void {
  for (let i = 0; i < 4; i++) target[to + i] = source[from + i]!;
}

/** a + b as int32 has it, around its ends: the sums of a reference that leave int32 too. */
export function wrappingAdd(a: i32, b: i32): i32 {
  return (a + b) | 0;
}

/** x · 2^count, which must fit int32; count in 0..31. */
export function shiftLeft(x: i32, count: i32): i32 {
  return x * 2 ** count;
}

/** ⌊x / 2^count⌋; count in 0..31. For a count that is known, `>>` says it. */
export function shiftRight(x: i32, count: i32): i32 {
  return Math.floor(x / 2 ** count);
}

/** x · 2^count, saturated to int32; count in 0..31. Source: gemmlowp SaturatingRoundingMultiplyByPOT, positive exponent. */
export function saturatingShiftLeft(x: i32, count: i32): i32 {
  return clamp(x * 2 ** count, INT32_MIN, INT32_MAX);
}

/** x / 2^count to nearest, ties away from zero; count in 0..31. Source: gemmlowp RoundingDivideByPOT. */
export function roundingShiftRight(x: i32, count: i32): i32 {
  const mask: i32 = 2 ** count - 1;
  const remainder: i32 = x & mask;
  const threshold: i32 = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> count) + (remainder > threshold ? 1 : 0);
}

/**
 * x / divisor to nearest, ties away from zero; |x| + divisor / 2 must fit int32. Compilers turn a divisor that is known
 * into a multiplication that they prove exact, so kernels need none of their own.
 *
 *   divisor  1 or more
 *
 * Source: TFLM reference_integer_ops::AveragePool.
 */
export function roundingDivide(x: i32, divisor: i32): i32 {
  const half = divisor >> 1;
  return Math.trunc((x > 0 ? x + half : x - half) / divisor);
}

/** (a + b) / 2 to nearest, ties away from zero. Source: gemmlowp RoundingHalfSum. */
export function roundingHalfSum(a: i32, b: i32): i32 {
  const sum = a + b;
  return Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/**
 * a · b / 2^31 to nearest, ties towards +∞, saturated (only −2^31 · −2^31 does).
 *
 * Source: gemmlowp SaturatingRoundingDoublingHighMul; its nudge and truncating division equal one floor.
 */
export function roundingDoublingHighMultiply(a: i32, b: i32): i32 {
  // a = high · 2^16 + low, so that both partial products stay below 2^53 and are exact as doubles.
  const highProduct = (a >> 16) * b;
  const lowProduct = (a & 0xffff) * b;
  const whole = Math.floor(highProduct / 2 ** 15);
  const rest = (highProduct - whole * 2 ** 15) * 2 ** 16 + lowProduct;
  return min(whole + Math.floor((rest + 2 ** 30) / 2 ** 31), INT32_MAX);
}

/**
 * accumulator · multiplier / 2^31 / 2^rightShift, rounded after each of the two steps.
 *
 *   accumulator  int32
 *   multiplier   0..2^31−1
 *   rightShift   0..31
 *
 * Source: TensorFlow Lite MultiplyByQuantizedMultiplier with TFLITE_SINGLE_ROUNDING=0; a factor over 1 shifts the
 * accumulator left first ({@link shiftLeft}).
 */
export function requantize(accumulator: i32, multiplier: i32, rightShift: i32): i32 {
  return roundingShiftRight(roundingDoublingHighMultiply(accumulator, multiplier), rightShift);
}

/**
 * clamp(zeroPoint + requantize(accumulator, multiplier, rightShift), low, high): what a kernel stores. The sum with the
 * zero point must fit int32.
 */
export function rescale(
  accumulator: i32,
  multiplier: i32,
  rightShift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): i32 {
  return clamp(zeroPoint + requantize(accumulator, multiplier, rightShift), low, high);
}

/**
 * {@link rescale} in fewer instructions, for what a planner has bounded:
 *
 *   accumulator  −2^30..2^30−1
 *   rightShift   1..31
 *   rounding     (2 · (zeroPoint − low) + 1) · 2^rightShift fits int32; so does its half plus the product with the
 *                multiplier
 *
 * Adding half a step and, for negative values, taking off one rounds ties away from zero; the distance from the lower
 * end goes with the half, so that what is left to clamp begins at 0.
 */
export function rescaleBounded(
  accumulator: i32,
  multiplier: i32,
  rightShift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): i32 {
  const product: i32 = roundingDoublingHighMultiply(accumulator, multiplier);
  const rounding: i32 = shiftLeft(2 * (zeroPoint - low) + 1, rightShift) >> 1;
  return low + clamp((product + rounding + (product >> 31)) >> rightShift, 0, high - low);
}

/**
 * rescale() with what depends on the output channel alone settled before the accumulator is known: 5 instructions and
 * the clamp on a Cortex-M4 where rescale() takes 14.
 *
 *   offset  (2 · zeroPoint + 1) · 2^(rightShift − 1), within ±2^30
 *   shift   rightShift, 1 or more
 *
 * |accumulator| is below 2^30. Adding −1 to negative numbers before the half makes ties go away from zero.
 */
export function rescaleSettled(
  accumulator: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  low: i32,
  high: i32,
): i32 {
  const product = roundingDoublingHighMultiply(accumulator, multiplier);
  return clamp((product + (product >> 31) + offset) >> shift, low, high);
}

/**
 * rescaleSettled() for low ≥ zeroPoint, as a ReLU has it: 4 instructions and the clamp. Negative products end below the
 * clamp however they are rounded, and two roundings that both go up on ties are one: with x = accumulator · multiplier,
 * ⌊(⌊(x + 2^30) / 2^31⌋ + 2^(r − 1)) / 2^r⌋ = ⌊(x + 2^30 + 2^(30 + r)) / 2^(31 + r)⌋.
 *
 *   offset  (2 · zeroPoint + 1) · 2^(rightShift − 2), within ±2^30
 *   shift   rightShift − 1, for a rightShift of 2 or more
 */
export function rescaleRectified(
  accumulator: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  low: i32,
  high: i32,
): i32 {
  // the product's high word; as in roundingDoublingHighMultiply, all doubles are exact
  const highProduct = (accumulator >> 16) * multiplier;
  const lowProduct = (accumulator & 0xffff) * multiplier;
  const whole = Math.floor(highProduct / 2 ** 16);
  const rest = (highProduct - whole * 2 ** 16) * 2 ** 16 + lowProduct;
  const word = whole + Math.floor((rest + 2 ** 30) / 2 ** 32);
  return clamp((word + offset) >> shift, low, high);
}

/**
 * accumulator · multiplier / 2^rightShift to nearest, ties towards +∞: rounded once, where {@link requantize} does it twice.
 *
 *   accumulator  int32
 *   multiplier   0..2^15−1
 *   rightShift   1..46; the result must fit int32
 *
 * Source: TensorFlow Lite MultiplyByQuantizedMultiplier of an int64, which has 16 bits of multiplier.
 */
export function requantizeOnce(accumulator: i32, multiplier: i32, rightShift: i32): i32 {
  return Math.floor((accumulator * multiplier + 2 ** (rightShift - 1)) / 2 ** rightShift);
}

/** x / 2^count to nearest, halves to even; x in 0..2^55 with at most 53 bits, count in 0..62. */
function divideToEven(x: number, count: i32): number {
  const whole = Math.floor(x / 2 ** count);
  // above 0 beyond the half, 0 at it
  const beyond = 2 * (x - whole * 2 ** count) - 2 ** count;
  return whole + (beyond > 0 || (beyond === 0 && (whole & 1) === 1) ? 1 : 0);
}

/** x as float32 has it: rounded to 24 bits, halves to even; x in 0..2^55 with at most 53 bits. */
function nearestFloat(x: number): number {
  const cut = 32 - countLeadingZeros(Math.floor(x / 2 ** 24));
  return divideToEven(x, cut) * 2 ** cut;
}

/**
 * The product of accumulator and multiplier / 2^rightShift in float32, rounded to an integer, halves to even:
 * rint(fround(fround(accumulator) · m)), in integers.
 *
 *   accumulator  −2^31+1..2^31−1
 *   multiplier   0, or 2^23..2^24−1: what a float32 has of bits
 *   rightShift   0..62; the result must fit int32
 *
 * Source: onnxruntime, core/mlas/lib/quantize.cpp, MlasRequantizeOutput.
 */
export function requantizeToEven(accumulator: i32, multiplier: i32, rightShift: i32): i32 {
  const magnitude = nearestFloat(accumulator < 0 ? -accumulator : accumulator);
  const steps = divideToEven(nearestFloat(magnitude * multiplier), rightShift);
  return accumulator < 0 ? -steps : steps;
}

/**
 * (x · cosine − y · sine) / 2^15, halves up: a part of a complex number that is turned.
 *
 *   cosine, sine  within ±2^15, and such that the result fits int32
 */
export function turn(x: i32, y: i32, cosine: i32, sine: i32): i32 {
  return Math.floor((x * cosine - y * sine + 2 ** 14) / 2 ** 15);
}

/**
 * Σ coefficients[c + i] · signal[s + i] / 2^30 over i of 0..4, halves up, within ±2^30: a step of a second-order filter.
 *
 *   coefficients  |Σ| of their sizes at most 7 · 2^30
 *   signal        within ±2^30
 */
export function filterSection(coefficients: Int32Array, c: i32, signal: Int32Array, s: i32): i32 {
  // coefficient = high · 2^15 + low, so that both sums are exact as doubles
  const high =
    (coefficients[c]! >> 15) * signal[s]! +
    (coefficients[c + 1]! >> 15) * signal[s + 1]! +
    (coefficients[c + 2]! >> 15) * signal[s + 2]! +
    (coefficients[c + 3]! >> 15) * signal[s + 3]! +
    (coefficients[c + 4]! >> 15) * signal[s + 4]!;
  const low =
    (coefficients[c]! & 32767) * signal[s]! +
    (coefficients[c + 1]! & 32767) * signal[s + 1]! +
    (coefficients[c + 2]! & 32767) * signal[s + 2]! +
    (coefficients[c + 3]! & 32767) * signal[s + 3]! +
    (coefficients[c + 4]! & 32767) * signal[s + 4]!;
  const whole = Math.floor((high + Math.floor((low + 2 ** 29) / 2 ** 15)) / 2 ** 15);
  return clamp(whole, -(2 ** 30), 2 ** 30);
}
