import { clamp, type i32, requantize, shiftLeft } from "./int.js";

export interface Normalization {
  /** Number of rows: the product of all axes but the last. */
  readonly rows: i32;
  /** Size of the last axis. */
  readonly features: i32;
  /** int32 [features]: what becomes 0, in input steps with 13 bits after the point. */
  readonly offsets: Int32Array;
  /** int32 [features]: output steps for one input step / 2^13 = multiplier / 2^31 / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [features] */
  readonly rightShift: Uint8Array;
  readonly outputZeroPoint: i32;
}

/**
 * output[r, f] = clamp(outputZeroPoint + requantize(input[r, f] · 2^13 − offsets[f]))
 *
 *   input   int16 [rows, features], raw measurements
 *   output  int8 [rows, features]
 *
 * The difference fits int32 because the planner bounds the offsets. The first clamp keeps the sum with the zero point
 * in int32, and lies beyond the output's range.
 */
export function normalization(layer: Normalization, input: Int16Array, output: Int8Array): void {
  for (let r: i32 = 0; r < layer.rows; r++) {
    for (let f: i32 = 0; f < layer.features; f++) {
      const i: i32 = r * layer.features + f;
      const difference: i32 = shiftLeft(input[i], 13) - layer.offsets[f];
      const scaled: i32 = requantize(difference, layer.multiplier[f], layer.rightShift[f]);
      output[i] = clamp(clamp(scaled, -255, 255) + layer.outputZeroPoint, -128, 127);
    }
  }
}
