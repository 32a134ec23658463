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
import type { Softmax } from "./softmax.js";
import { twoOverOnePlus } from "./twoOverOnePlus.js";

export interface SoftmaxRows extends Softmax {
  /** Values of all rows. */
  readonly values: i32;
}

/**
 * {@link softmax} of each row by itself: so many that a map of classes takes one at each position.
 *
 *   input   int8 [rows, size]
 *   output  int8 [rows, size]
 *
 * As each value is read before it is written, the output may lie in the input's memory.
 */
export function softmaxRows(layer: SoftmaxRows, input: Int8Array, output: Int8Array): void {
  for (let row: i32 = 0; row < layer.values; row += layer.size) {
    let maximum: i32 = -128;
    for (let i: i32 = row; i < row + layer.size; i++) {
      maximum = max(maximum, input[i]);
    }
    let sum: i32 = 0;
    for (let i: i32 = row; i < row + layer.size; i++) {
      const below: i32 = maximum - input[i];
      if (below < layer.exponentialCount) {
        sum += roundingShiftRight(layer.exponentials[below], 12);
      }
    }
    const headroom: i32 = countLeadingZeros(sum);
    const fraction: i32 = shiftLeft(sum - shiftLeft(1, 31 - headroom), headroom);
    const reciprocal: i32 = saturatingShiftLeft(twoOverOnePlus(fraction), 1);
    for (let i: i32 = row; i < row + layer.size; i++) {
      const below: i32 = maximum - input[i];
      let scaled: i32 = 0;
      if (below < layer.exponentialCount) {
        scaled = roundingShiftRight(
          roundingDoublingHighMultiply(reciprocal, layer.exponentials[below]),
          35 - headroom,
        );
      }
      output[i] = clamp(scaled - 128, -128, 127);
    }
  }
}
