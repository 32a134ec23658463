/**
 * Packed arithmetic of the kernels, twinned by firmware/simd.h as int.ts is by int.h: words of four int8 or two int16,
 * the first one in the lowest bits. Each function is one instruction on cores with Arm's DSP extension, but for the
 * loads; on others its portable twin takes several, so planners use it for cores that have the extension.
 *
 * Source of the instructions' meaning: Armv7-M Architecture Reference Manual, A7.7, by their names there. SSAT needs no
 * function: int.ts's clamp to −128..127 is one.
 */
import { clamp, type i32 } from "./int.js";

/** array[at..at + 3] as a word, at any place. What lies behind the array's end is 0 on the host. LDR. */
export function loadFour(array: Int8Array, at: i32): i32 {
  const bytes = (array[at]! & 255) | ((array[at + 1]! & 255) << 8) | ((array[at + 2]! & 255) << 16);
  return bytes | (array[at + 3]! << 24);
}

/** array[at] and array[at + 1] as a word. LDR. */
export function loadPair(array: Int16Array, at: i32): i32 {
  return (array[at]! & 0xffff) | (array[at + 1]! << 16);
}

/** Sets array[at] and array[at + 1] to a word's halves. STR. */
export function storePair(array: Int16Array, at: i32, word: i32): void {
  array[at] = word;
  array[at + 1] = word >> 16;
}

/** Bytes 0 and 2 of a word as two int16. SXTB16. */
export function spreadEven(word: i32): i32 {
  return (((word << 24) >> 24) & 0xffff) | (((word << 8) >> 24) << 16);
}

/** Bytes 1 and 3 of a word as two int16. SXTB16 with ROR 8. */
export function spreadOdd(word: i32): i32 {
  return (((word << 16) >> 24) & 0xffff) | ((word >> 24) << 16);
}

/** The lower int16 of a word; the upper one is word >> 16. With a product and a sum: SMLABB, SMLABT, SMLATB. */
export function lowHalf(word: i32): i32 {
  return (word << 16) >> 16;
}

/** The lower halves of two words, that of a lowest. PKHBT. */
export function packLow(a: i32, b: i32): i32 {
  return (a & 0xffff) | (b << 16);
}

/** The upper halves of two words, that of a lowest. PKHTB. */
export function packHigh(a: i32, b: i32): i32 {
  return ((a >> 16) & 0xffff) | (b & -65536);
}

/** The lower half of a word and the upper one of another. PKHBT. */
export function packEnds(low: i32, high: i32): i32 {
  return (low & 0xffff) | (high & -65536);
}

/** sum + a's lower half · b's + a's upper half · b's, modulo 2^32. SMLAD. */
export function dualMultiplyAdd(a: i32, b: i32, sum: i32): i32 {
  return (sum + lowHalf(a) * lowHalf(b) + (a >> 16) * (b >> 16)) | 0;
}

/** sum + a's lower half · b's − a's upper half · b's, modulo 2^32: the real part of a complex product. SMLSD. */
export function dualMultiplySubtract(a: i32, b: i32, sum: i32): i32 {
  return (sum + lowHalf(a) * lowHalf(b) - (a >> 16) * (b >> 16)) | 0;
}

/** sum + a's lower half · b's upper one + a's upper half · b's lower one, modulo 2^32: the imaginary part. SMLADX. */
export function dualMultiplyCross(a: i32, b: i32, sum: i32): i32 {
  return (sum + lowHalf(a) * (b >> 16) + (a >> 16) * lowHalf(b)) | 0;
}

/** sum + a's upper half · b's lower one, modulo 2^32. SMLATB. */
export function crossMultiplyAdd(a: i32, b: i32, sum: i32): i32 {
  return (sum + (a >> 16) * lowHalf(b)) | 0;
}

/** addend + a · b / 2^32 to nearest, ties towards +∞, modulo 2^32. SMMLAR. */
export function highMultiplyAdd(a: i32, b: i32, addend: i32): i32 {
  // a = high · 2^16 + low, so that both partial products stay below 2^53 and are exact as doubles
  const highProduct = (a >> 16) * b;
  const lowProduct = (a & 0xffff) * b;
  const whole = Math.floor(highProduct / 2 ** 16);
  const rest = (highProduct - whole * 2 ** 16) * 2 ** 16 + lowProduct;
  return (addend + whole + Math.floor((rest + 2 ** 31) / 2 ** 32)) | 0;
}

/** addend + ⌊a · b / 2^32⌋, modulo 2^32. SMMLA. */
export function highMultiplyAddFloor(a: i32, b: i32, addend: i32): i32 {
  // a = high · 2^16 + low, as in highMultiplyAdd
  const highProduct = (a >> 16) * b;
  const lowProduct = (a & 0xffff) * b;
  const whole = Math.floor(highProduct / 2 ** 16);
  const rest = (highProduct - whole * 2 ** 16) * 2 ** 16 + lowProduct;
  return (addend + whole + Math.floor(rest / 2 ** 32)) | 0;
}

/** a − b modulo 2^32: what is left of two sums that wrapped alike. */
export function wrappedDifference(a: i32, b: i32): i32 {
  return (a - b) | 0;
}

/**
 * rescaleSettled() of half of `twice`, an even number within ±2^31: the product's rounding and the offset are one
 * instruction.
 *
 *   offset  (2 · zeroPoint + 1) · 2^(rightShift − 1), within ±2^30
 *   shift   rightShift, 1 or more
 *
 * The number's own sign serves for the product's: they differ where a negative product is rounded to 0, and there −1 is
 * lost in the shift.
 */
export function rescaleDoubled(
  twice: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  low: i32,
  high: i32,
): i32 {
  return clamp(highMultiplyAdd(twice, multiplier, offset + (twice >> 31)) >> shift, low, high);
}

/** {@link rescaleDoubled} for low ≥ zeroPoint, as a ReLU has it: how negative products are rounded is not seen. */
export function rescaleDoubledRectified(
  twice: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  low: i32,
  high: i32,
): i32 {
  return clamp(highMultiplyAdd(twice, multiplier, offset) >> shift, low, high);
}

/**
 * rescaleRectified() of a sum that was multiplied by a power of two, 2^scale, so that channels with different right
 * shifts share one: 2^30, which rounds the product, is a whole number of 2^32 then and goes with the offset.
 *
 *   scaled  accumulator · 2^scale, for a scale of 2 or more
 *   offset  (2 · zeroPoint + 1) · 2^(shift − 1) + 2^(scale − 2), within ±2^30
 *   shift   rightShift + scale − 1
 */
export function rescaleScaled(
  scaled: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  low: i32,
  high: i32,
): i32 {
  return clamp(highMultiplyAddFloor(scaled, multiplier, offset) >> shift, low, high);
}

/** a + b in both halves, each modulo 2^16. SADD16. */
export function addPairs(a: i32, b: i32): i32 {
  return ((a + b) & 0xffff) | (((a >> 16) + (b >> 16)) << 16);
}

/** a − b in both halves, each modulo 2^16. SSUB16. */
export function subtractPairs(a: i32, b: i32): i32 {
  return ((a - b) & 0xffff) | (((a >> 16) - (b >> 16)) << 16);
}

/** a's lower half − b's upper one, a's upper half + b's lower one, each modulo 2^16: a + j · b. SASX. */
export function addTurned(a: i32, b: i32): i32 {
  return ((a - (b >> 16)) & 0xffff) | (((a >> 16) + b) << 16);
}

/** a's lower half + b's upper one, a's upper half − b's lower one, each modulo 2^16: a − j · b. SSAX. */
export function subtractTurned(a: i32, b: i32): i32 {
  return ((a + (b >> 16)) & 0xffff) | (((a >> 16) - b) << 16);
}

/** (a + b) / 2 in both halves, towards −∞. SHADD16. */
export function halveSums(a: i32, b: i32): i32 {
  return (((lowHalf(a) + lowHalf(b)) >> 1) & 0xffff) | ((((a >> 16) + (b >> 16)) >> 1) << 16);
}

/** (a − b) / 2 in both halves, towards −∞. SHSUB16. */
export function halveDifferences(a: i32, b: i32): i32 {
  return (((lowHalf(a) - lowHalf(b)) >> 1) & 0xffff) | ((((a >> 16) - (b >> 16)) >> 1) << 16);
}

/** x / 3 for a multiple of 3, which is its product with the inverse of 3 modulo 2^32. MUL. */
export function exactThird(x: i32): i32 {
  return Math.trunc(x / 3);
}
