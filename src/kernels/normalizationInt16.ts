import { clamp, type i32, requantize, shiftLeft } from "./int.js";
import type { Normalization } from "./normalization.js";

/**
 * output[r, f] = clamp(requantize(input[r, f] · 2^13 − offsets[f])): what normalization.ts does, to int16 of zero point 0.
 *
 *   input   int16 [rows, features], raw measurements
 *   output  int16 [rows, features]
 */
export function normalizationInt16(layer: Normalization, input: Int16Array, output: Int16Array): void {
  for (let r: i32 = 0; r < layer.rows; r++) {
    for (let f: i32 = 0; f < layer.features; f++) {
      const i: i32 = r * layer.features + f;
      const difference: i32 = shiftLeft(input[i], 13) - layer.offsets[f];
      const scaled: i32 = requantize(difference, layer.multiplier[f], layer.rightShift[f]);
      output[i] = clamp(scaled, -32768, 32767);
    }
  }
}
