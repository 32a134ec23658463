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
import type { SoftmaxRows } from "./softmaxRows.js";
import { twoOverOnePlus } from "./twoOverOnePlus.js";

/**
 * The softmax of each row with 16 bits of result: output scale 1/65536, zero point −32768.
 *
 *   input   int8 [rows, size]
 *   output  int16 [rows, size]
 *
 * Source: TFLM reference_ops::Softmax<int8_t, int16_t>; what is said of softmax.ts holds here too.
 */
export function softmaxToInt16(layer: SoftmaxRows, input: Int8Array, output: Int16Array): void {
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
          27 - headroom,
        );
      }
      output[i] = clamp(scaled - 32768, -32768, 32767);
    }
  }
}
