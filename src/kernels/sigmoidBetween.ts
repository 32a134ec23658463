import type { i32 } from "./int.js";

/**
 * sigmoid(x), 0.16 bits times `scale`, between two of the table's values; `largest` beyond them.
 *
 *   sigmoid  int16 [256]: sigmoid(i / 24) in 0.16 bits, less 2^15
 *   place    whole part of 24 · x, 0 or more
 *   rest     its fraction, times `scale`
 *
 * Source: TFLM reference/integer_ops/logistic.h, tanh.h, int16.
 */
export function sigmoidBetween(sigmoid: Int16Array, place: i32, rest: i32, scale: i32, largest: i32): i32 {
  let result: i32 = largest;
  if (place < 255) {
    result = (sigmoid[place] + 32768) * scale + rest * (sigmoid[place + 1] - sigmoid[place]);
  }
  return result;
}
