import { type i32, requantize, shiftLeft } from "./int.js";
import type { Requantization } from "./requantization.js";

/**
 * The same real values as int32, in another scale.
 *
 *   input   int16 [size]
 *   output  int32 [size]
 *
 * Shifted left, differences from the input's zero point fit int32, and so do results (src/plan/planRequantize.ts).
 *
 * Source: TFLM reference/requantize.h Requantize.
 */
export function requantizeToInt32(layer: Requantization, input: Int16Array, output: Int32Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    const difference: i32 = shiftLeft(input[i] - layer.inputZeroPoint, layer.leftShift);
    output[i] = layer.outputZeroPoint + requantize(difference, layer.multiplier, layer.rightShift);
  }
}
