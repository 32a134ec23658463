import { clamp, type i32, requantize, shiftLeft } from "./int.js";
import { sigmoidBetween } from "./sigmoidBetween.js";

/** start + Σᵢ weights[row · count + i] · (values[i] − zeroPoint) */
export function rowSum(
  weights: Int8Array,
  row: i32,
  values: Int8Array,
  count: i32,
  zeroPoint: i32,
  start: i32,
): i32 {
  let sum: i32 = start;
  for (let i: i32 = 0; i < count; i++) {
    sum += weights[row * count + i] * (values[i] - zeroPoint);
  }
  return sum;
}

/** A sum as Q3.12 in int16. */
export function gateArgument(sum: i32, leftShift: i32, multiplier: i32, rightShift: i32): i32 {
  return clamp(requantize(shiftLeft(sum, leftShift), multiplier, rightShift), -32768, 32767);
}

/** sigmoid(argument), Q0.15 of Q3.12. Source: TFLM reference/integer_ops/logistic.h, int16. */
export function gateSigmoid(sigmoid: Int16Array, argument: i32): i32 {
  const magnitude: i32 = argument < 0 ? 0 - 3 * argument : 3 * argument;
  const half: i32 = sigmoidBetween(sigmoid, magnitude >> 9, magnitude & 511, 512, 33553408);
  return argument < 0 ? (33554943 - half) >> 10 : (half + 512) >> 10;
}

/**
 * tanh(x), Q0.15, as 2 · sigmoid(2 · x) − 1.
 *
 *   tripled  3 · 2^12 · x
 *
 * Source: TFLM reference/integer_ops/tanh.h, int16.
 */
export function gateTanh(sigmoid: Int16Array, tripled: i32): i32 {
  const magnitude: i32 = tripled < 0 ? 0 - tripled : tripled;
  const twice: i32 = sigmoidBetween(sigmoid, magnitude >> 8, magnitude & 255, 256, 16776960) - 8388608;
  return tripled < 0 ? (127 - twice) >> 8 : (twice + 128) >> 8;
}
