import { type i32, roundingDoublingHighMultiply, roundingHalfSum, saturatingShiftLeft } from "./int.js";

/**
 * 2 / (1 + x) as Q2.29 for x in [0, 1) as Q0.31, by three Newton–Raphson steps.
 *
 * Source: gemmlowp fixedpoint.h one_over_one_plus_x_for_x_in_0_1, up to its last line.
 */
export function twoOverOnePlus(x: i32): i32 {
  const halfDenominator: i32 = roundingHalfSum(x, 2147483647);
  // 48/17 and −32/17 as Q2.29: the line that starts the iteration
  let estimate: i32 = 1515870810 + roundingDoublingHighMultiply(halfDenominator, -1010580540);
  for (let step: i32 = 0; step < 3; step++) {
    const product: i32 = roundingDoublingHighMultiply(halfDenominator, estimate);
    const correction: i32 = roundingDoublingHighMultiply(estimate, 536870912 - product);
    estimate += saturatingShiftLeft(correction, 2);
  }
  return estimate;
}
