import { type i32, rescale, shiftLeft } from "./int.js";
import type { Requantization } from "./requantization.js";

/**
 * The same real values as int16, in another scale.
 *
 *   input   int8 [size]
 *   output  int16 [size]
 *
 * Shifted left, differences from the input's zero point fit int32 (src/plan/planRequantize.ts).
 *
 * Source: TFLM reference/requantize.h Requantize.
 */
export function requantizeToInt16(layer: Requantization, input: Int8Array, output: Int16Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    const difference: i32 = shiftLeft(input[i] - layer.inputZeroPoint, layer.leftShift);
    output[i] = rescale(difference, layer.multiplier, layer.rightShift, layer.outputZeroPoint, -32768, 32767);
  }
}
