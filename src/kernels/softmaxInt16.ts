import { clamp, countLeadingZeros, type i32, max, rescale, shiftLeft, shiftRight } from "./int.js";
import { lookupBetween } from "./lookupBetween.js";

export interface SoftmaxInt16 {
  /** Values in a row. */
  readonly size: i32;
  /** Values in all rows. */
  readonly values: i32;
  /** beta · input scale · 65535 / 10 = multiplier / 2^31 · 2^leftShift / 2^rightShift. */
  readonly multiplier: i32;
  readonly leftShift: i32;
  readonly rightShift: i32;
  /** int16 [513]: exp from −10 to 0, in 15 bits. */
  readonly exponentials: Int16Array;
  /** int16 [513]: 1 / (1 + x) from 0 to 1, in 15 bits. */
  readonly reciprocals: Int16Array;
}

/**
 * The softmax of each row: output scale 1/32768, zero point 0.
 *
 *   input   int16 [rows, size]
 *   output  int16 [rows, size], which holds the exponentials until their sum is known; it may lie in the input's memory
 *
 * A row's largest value has an exponential of 1, so that sums lie in 2^14..2^31 − 1 (src/plan/planSoftmaxInt16.ts).
 *
 * Source: TFLM reference/softmax.h SoftmaxInt16.
 */
export function softmaxInt16(layer: SoftmaxInt16, input: Int16Array, output: Int16Array): void {
  for (let row: i32 = 0; row < layer.values; row += layer.size) {
    let maximum: i32 = -32768;
    for (let i: i32 = row; i < row + layer.size; i++) {
      maximum = max(maximum, input[i]);
    }
    let sum: i32 = 0;
    for (let i: i32 = row; i < row + layer.size; i++) {
      const below: i32 = shiftLeft(input[i] - maximum, layer.leftShift);
      const place: i32 = rescale(below, layer.multiplier, layer.rightShift, 32767, -32768, 32767);
      const exponential: i32 = lookupBetween(layer.exponentials, place);
      output[i] = exponential;
      sum += exponential;
    }
    const headroom: i32 = countLeadingZeros(sum) - 1;
    // 16 bits after the point, rounded, less 1.5: what the table of reciprocals takes
    const fraction: i32 = (((shiftLeft(sum, headroom) >> 13) + 1) >> 1) - 98304;
    const reciprocal: i32 = lookupBetween(layer.reciprocals, clamp(fraction, -32768, 32767));
    const rightShift: i32 = 30 - headroom;
    for (let i: i32 = row; i < row + layer.size; i++) {
      const scaled: i32 = output[i] * reciprocal + shiftLeft(1, rightShift - 1);
      output[i] = clamp(shiftRight(scaled, rightShift), 0, 32767);
    }
  }
}
