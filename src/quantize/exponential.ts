import {
  type i32,
  roundingDoublingHighMultiply,
  roundingShiftRight,
  saturatingShiftLeft,
} from "../kernels/int.js";
import { quantizeMultiplier } from "./multiplier.js";

/** exp(−2^k) as Q0.31 for k = −2..4. */
const barrel: readonly (readonly [exponent: number, factor: i32])[] = [
  [-2, 1672461947],
  [-1, 1302514674],
  [0, 790015084],
  [1, 290630308],
  [2, 39332535],
  [3, 720401],
  [4, 242],
];

/**
 * exp(x) · 2^31 for x in [−1/4, 0) given as Q0.31: a Taylor series of four terms about −1/8.
 *
 * Source: gemmlowp fixedpoint.h exp_on_interval_between_negative_one_quarter_and_0_excl.
 */
function exponentialOfQuarter(x: i32): i32 {
  const centred = x + 2 ** 28;
  const square = roundingDoublingHighMultiply(centred, centred);
  const cube = roundingDoublingHighMultiply(square, centred);
  const fourth = roundingDoublingHighMultiply(square, square);
  const oneThird = 715827883;
  const higherTerms = roundingShiftRight(
    roundingDoublingHighMultiply(roundingShiftRight(fourth, 2) + cube, oneThird) + square,
    1,
  );
  const expOfMinusEighth = 1895147668;
  return expOfMinusEighth + roundingDoublingHighMultiply(expOfMinusEighth, centred + higherTerms);
}

/**
 * exp(x) as Q0.31 (1 is 2^31 − 1) for x ≤ 0 given as Q5.26, or with another number of integer bits up to 5.
 *
 * Source: gemmlowp fixedpoint.h exp_on_negative_values.
 */
export function exponential(x: i32, integerBits = 5): i32 {
  if (x === 0) return 2 ** 31 - 1;
  const fractionalBits = 31 - integerBits;
  const quarter = 2 ** (fractionalBits - 2);
  const withinQuarter = (x & (quarter - 1)) - quarter;
  const remainder = withinQuarter - x;
  let result = exponentialOfQuarter(saturatingShiftLeft(withinQuarter, integerBits));
  for (const [exponent, factor] of barrel) {
    if (exponent < integerBits && remainder & (2 ** (fractionalBits + exponent))) {
      result = roundingDoublingHighMultiply(result, factor);
    }
  }
  return result;
}

/**
 * The softmax kernel's table: entry d is exp(−beta · inputScale · d) as Q0.31, up to the last one that is not 0.
 *
 * Source: TFLM softmax_common.cc (PreprocessSoftmaxScaling with 5 integer bits, CalculateInputRadius).
 */
export function softmaxExponentials(beta: number, inputScale: number): Int32Array {
  const integerBits = 5;
  const factor = Math.min(beta * inputScale * 2 ** (31 - integerBits), 2 ** 31 - 1);
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(factor);
  const shift = leftShift - rightShift;
  const radius = Math.floor(((2 ** integerBits - 1) * 2 ** (31 - integerBits)) / 2 ** shift);
  const table: i32[] = [];
  for (let below = 0; below <= Math.min(255, radius); below++) {
    const argument = roundingDoublingHighMultiply(-below * 2 ** shift, multiplier);
    table.push(exponential(argument));
  }
  while (table.length > 1 && table.at(-1) === 0) table.pop();
  return Int32Array.from(table);
}
