import {
  requantize,
  roundingDoublingHighMultiply,
  roundingShiftRight,
  saturatingShiftLeft,
} from "../kernels/int.js";
import type { Quantization } from "../network/quantizedNetwork.js";
import { type QuantizedMultiplier, quantizeMultiplier } from "../quantize/multiplier.js";

/** All results of a function of the difference to the input's zero point, for the inputs −128..127. */
function tableOf(
  input: Quantization,
  output: Quantization,
  result: (difference: number) => number,
): Int8Array {
  return Int8Array.from({ length: 256 }, (_, index) =>
    Math.min(127, Math.max(-128, output.zeroPoint + result(index - 128 - input.zeroPoint))),
  );
}

function scaled(value: number, { multiplier, leftShift, rightShift }: QuantizedMultiplier): number {
  return requantize(value * 2 ** leftShift, multiplier, rightShift);
}

/** Input steps as output steps, worked out in single precision. */
export function stepFactor(input: Quantization, output: Quantization): number {
  return Math.fround(input.scale / output.scale);
}

/**
 * LEAKY_RELU: x where it is 0 or more, else x · alpha, which may be below 0.
 *
 * @param alpha float32; both factors are below 2^22
 * Source: TFLM leaky_relu_common.cc, reference/leaky_relu.h QuantizeLeakyRelu.
 */
export function leakyReluTable(alpha: number, input: Quantization, output: Quantization): Int8Array {
  const whole = quantizeMultiplier(stepFactor(input, output));
  const below = quantizeMultiplier(Math.abs(leakyFactor(alpha, input, output)));
  const sign = alpha < 0 ? -1 : 1;
  return tableOf(input, output, (x) => (x >= 0 ? scaled(x, whole) : sign * scaled(x, below)));
}

/** What an input below 0 is multiplied by. */
export function leakyFactor(alpha: number, input: Quantization, output: Quantization): number {
  return Math.fround(Math.fround(input.scale * alpha) / output.scale);
}

/** ABS. Source: TFLM elementwise.cc AbsEvalQuantized. */
export function absTable(input: Quantization, output: Quantization): Int8Array {
  const factor = quantizeMultiplier(stepFactor(input, output));
  return tableOf(input, output, (x) => scaled(Math.abs(x), factor));
}

/**
 * 1 / √x of a whole number above 0, as multiplier / 2^31 / 2^rightShift.
 *
 * Source: TensorFlow Lite kernels/internal/common.h GetInvSqrtQuantizedMultiplierExp: five steps of Newton's, in Q3.28.
 */
function inverseRoot(x: number): { readonly multiplier: number; readonly rightShift: number } {
  if (x === 1) return { multiplier: 2 ** 31 - 1, rightShift: 0 };
  const pairs = Math.floor((Math.clz32(x) - 1) / 2) - 1;
  const input = (x * 4 ** pairs) >> 1;
  const half = roundingShiftRight(input, 1);
  const product = roundingDoublingHighMultiply;
  let root = 2 ** 28;
  for (let step = 0; step < 5; step++) {
    const cube = saturatingShiftLeft(product(product(root, root), root), 6);
    root = saturatingShiftLeft(product(2 ** 28 + 2 ** 27, root) - product(half, cube), 3);
  }
  // √2 / 2 in Q0.31
  const multiplier = product(root, 1518500250);
  const rightShift = 11 - pairs;
  return rightShift < 0
    ? { multiplier: multiplier * 2 ** -rightShift, rightShift: 0 }
    : { multiplier, rightShift };
}

/** Of what a value is shifted by, so that its root keeps bits behind the point. */
const rootBits = 20;

/**
 * RSQRT: 1 / √x. Where x is 0 the largest value, and where it is below, for which TFLM stops with an error.
 *
 * @param factor 1 / (√ input scale · output scale), below 2^31
 * Source: TFLM elementwise.cc RsqrtEvalQuantized.
 */
export function rsqrtTable(factor: number, input: Quantization, output: Quantization): Int8Array {
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(factor);
  const toOutput = leftShift - rightShift - rootBits;
  return tableOf(input, output, (x) => {
    if (x <= 0) return 256;
    const root = inverseRoot(x);
    const value = shifted(1, root.multiplier, rootBits - root.rightShift);
    return shifted(value, multiplier, toOutput);
  });
}

/** value · multiplier / 2^31 · 2^exponent. Source: TensorFlow Lite MultiplyByQuantizedMultiplier. */
function shifted(value: number, multiplier: number, exponent: number): number {
  const left = value * 2 ** Math.max(0, exponent);
  return exponent < -31 ? 0 : requantize(left, multiplier, Math.max(0, -exponent));
}

/** a · b / 2^15 to nearest, ties away from zero. Source: gemmlowp SaturatingRoundingDoublingHighMul of int16. */
function roundingHighMultiply16(a: number, b: number): number {
  const product = a * b;
  return Math.min(32767, Math.trunc((product + (product >= 0 ? 2 ** 14 : 1 - 2 ** 14)) / 2 ** 15));
}

/** x / 2^count to nearest, ties away from zero. Source: gemmlowp RoundingDivideByPOT. */
function roundingHalf(x: number, count: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) / 2 ** count + 0.5);
}

function saturate16(x: number): number {
  return Math.min(32767, Math.max(-32768, x));
}

/** Source: TFLM common.h DownScaleInt32ToInt16Multiplier. */
function multiplier16({ multiplier, leftShift, rightShift }: QuantizedMultiplier) {
  return {
    multiplier: Math.min(32767, Math.floor((multiplier + 2 ** 15) / 2 ** 16)),
    exponent: leftShift - rightShift,
  };
}

/** How HARD_SWISH rescales its input: to the output's steps, and to where 3 is 2^15. */
export function hardSwishFactors(input: Quantization, output: Quantization) {
  const fine = Math.fround(input.scale / 128);
  return {
    toOutput: multiplier16(quantizeMultiplier(Math.fround(fine / output.scale))),
    toSwitch: multiplier16(quantizeMultiplier(Math.fround(fine / Math.fround(3 / 32768)))),
  };
}

/**
 * HARD_SWISH: x · relu6(x + 3) / 6, in 16 bits.
 *
 * @param output with a factor to it that is not over 1
 * Source: TFLM hard_swish_common.cc, reference/hard_swish.h HardSwish.
 */
export function hardSwishTable(input: Quantization, output: Quantization): Int8Array {
  const { toOutput, toSwitch } = hardSwishFactors(input, output);
  return tableOf(input, output, (x) => {
    const fine = x * 128;
    let slope = fine;
    if (toSwitch.exponent > 0) slope = saturate16(slope * 2 ** (toSwitch.exponent - 1));
    slope = roundingHighMultiply16(slope, toSwitch.multiplier);
    if (toSwitch.exponent > 0) slope = saturate16(slope * 2);
    else slope = roundingHalf(slope, -toSwitch.exponent);
    slope = (slope + 2 ** 15) >> 1;
    const product = Math.trunc((slope * roundingHighMultiply16(fine, toOutput.multiplier)) / 2 ** 15);
    return roundingHalf(product, -toOutput.exponent);
  });
}
