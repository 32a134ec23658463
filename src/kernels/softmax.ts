import {
  clamp,
  countLeadingZeros,
  type i32,
  max,
  roundingDoublingHighMultiply,
  roundingShiftRight,
  saturatingShiftLeft,
  shiftLeft,
} from "./int.js";
import { twoOverOnePlus } from "./twoOverOnePlus.js";

export interface Softmax {
  readonly size: i32;
  /**
   * int32 [exponentialCount]: exp(−beta · input scale · d) · 2^31 for d = 0, 1, ... steps below the row's maximum;
   * what lies beyond the table is 0.
   */
  readonly exponentials: Int32Array;
  readonly exponentialCount: i32;
}

/**
 * output[i] = exp(beta · input[i]) / Σ exp(beta · input), output scale 1/256, zero point −128.
 *
 *   input   int8 [size]
 *   output  int8 [size]
 *
 * Source: TFLM reference_ops::Softmax<int8_t, int8_t>; its exponential has 256 possible arguments, so it is a table
 * that the host computes (src/quantize/exponential.ts). The sum is Q12.19; up to size 511 it stays below 2^28, so that
 * the right shift is at most 31.
 */
export function softmax(layer: Softmax, input: Int8Array, output: Int8Array): void {
  let maximum: i32 = -128;
  for (let i: i32 = 0; i < layer.size; i++) {
    maximum = max(maximum, input[i]);
  }
  let sum: i32 = 0;
  for (let i: i32 = 0; i < layer.size; i++) {
    const below: i32 = maximum - input[i];
    if (below < layer.exponentialCount) {
      sum += roundingShiftRight(layer.exponentials[below], 12);
    }
  }
  // sum · 2^headroom lies in [2^31, 2^32); its leading bit is the 1 of 1 + x
  const headroom: i32 = countLeadingZeros(sum);
  const fraction: i32 = shiftLeft(sum - shiftLeft(1, 31 - headroom), headroom);
  const reciprocal: i32 = saturatingShiftLeft(twoOverOnePlus(fraction), 1);
  const rightShift: i32 = 12 - headroom + 23;
  for (let i: i32 = 0; i < layer.size; i++) {
    const below: i32 = maximum - input[i];
    let scaled: i32 = 0;
    if (below < layer.exponentialCount) {
      scaled = roundingShiftRight(
        roundingDoublingHighMultiply(reciprocal, layer.exponentials[below]),
        rightShift,
      );
    }
    output[i] = clamp(scaled - 128, -128, 127);
  }
}
