import { UserError } from "../base/errors.js";

/** factor = multiplier / 2^31 · 2^leftShift / 2^rightShift; at most one shift is not 0. */
export interface QuantizedMultiplier {
  /** 0, or 2^30..2^31−1. */
  readonly multiplier: number;
  /** 0..31 */
  readonly leftShift: number;
  /** 0..31 */
  readonly rightShift: number;
}

/** factor = fraction · 2^exponent with fraction in [0.5, 1). */
function splitFloat(factor: number): { fraction: number; exponent: number } {
  let exponent = Math.max(-1023, Math.floor(Math.log2(factor)) + 1);
  let fraction = factor * 2 ** -exponent;
  // log2 is rounded: one step either way mends it, and subnormal factors need more
  while (fraction < 0.5) {
    fraction *= 2;
    exponent--;
  }
  while (fraction >= 1) {
    fraction /= 2;
    exponent++;
  }
  return { fraction, exponent };
}

/**
 * A factor as a Q31 multiplier and a shift. A factor below 2^−32 becomes multiplier 0, shift 0, as TFLM makes it
 * (all of an int32's bits would be shifted out).
 *
 * @param factor 0, or positive and below 2^31
 * Source: TensorFlow Lite quantization_util.cc QuantizeMultiplier, TFLITE_SINGLE_ROUNDING=0.
 */
export function quantizeMultiplier(factor: number): QuantizedMultiplier {
  if (!(factor >= 0 && factor < 2 ** 31)) throw new Error(`factor ${factor} is not in 0..2^31`);
  if (factor === 0) return { multiplier: 0, leftShift: 0, rightShift: 0 };
  let { fraction, exponent } = splitFloat(factor);
  // TfLiteRound rounds halves away from zero; the value is positive
  let multiplier = Math.floor(fraction * 2 ** 31 + 0.5);
  if (multiplier === 2 ** 31) {
    multiplier = 2 ** 30;
    exponent++;
  }
  if (exponent < -31) return { multiplier: 0, leftShift: 0, rightShift: 0 };
  return { multiplier, leftShift: Math.max(exponent, 0), rightShift: Math.max(-exponent, 0) };
}

/**
 * A factor divided by a count as TFLM divides it: the multiplier, shifted left to keep its bits, is divided and the
 * fraction cut off, so that it lies in 2^29..2^31−1.
 *
 * Source: TensorFlow Lite reference/reduce.h QuantizedMeanOrSum.
 */
export function divideMultiplier(
  { multiplier, leftShift, rightShift }: QuantizedMultiplier,
  count: number,
): QuantizedMultiplier {
  const exponent = leftShift - rightShift;
  // the reference bounds it by 32 too; counts of 2^32 are refused before
  const shift = Math.min(31 - Math.clz32(count), 31 + exponent);
  const divided = Number((BigInt(multiplier) << BigInt(shift)) / BigInt(count));
  const rest = exponent - shift;
  return { multiplier: divided, leftShift: Math.max(rest, 0), rightShift: Math.max(-rest, 0) };
}

/**
 * A float32 factor as `requantizeToEven` takes it: multiplier / 2^rightShift, exactly. A factor below 2^−39 becomes 0,
 * which is what it makes of every int32.
 *
 * @param factor 0, or a positive float32 value
 * @throws UserError where it is 2^24 or more
 */
export function evenMultiplier(factor: number): Omit<QuantizedMultiplier, "leftShift"> {
  if (!(factor >= 0 && factor < 2 ** 24)) {
    throw new UserError(
      `a step of a sum is ${factor} output steps; rounded half to even, less than 2^24 are possible`,
      "quantize the model with data of the real range",
    );
  }
  const { fraction, exponent } = factor < 2 ** -39 ? { fraction: 0, exponent: 0 } : splitFloat(factor);
  return { multiplier: fraction * 2 ** 24, rightShift: 24 - exponent };
}
