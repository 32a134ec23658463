import { type i32, rescale, wrappingAdd } from "./int.js";

export interface SvdfTimeInt16 {
  readonly units: i32;
  /** rank · memory: what a unit adds up. */
  readonly taps: i32;
  readonly multiplier: i32;
  readonly rightShift: i32;
  readonly outputZeroPoint: i32;
  /** int16 [units, taps] */
  readonly timeWeights: Int16Array;
  /** int32 [units] */
  readonly bias: Int32Array;
}

/**
 * The second half of an SVDF whose memory has 16 bits.
 *
 *   input   int16 [units, taps], zero point 0
 *   output  int8 [units]
 *
 * Sums wrap around int32's ends, as the reference's do. The factor is below 1/2 (src/plan/planSvdf.ts).
 *
 * Source: TFLM svdf_common.cc EvalIntegerSvdfReference<int16_t>.
 */
export function svdfTimeInt16(layer: SvdfTimeInt16, input: Int16Array, output: Int8Array): void {
  for (let u: i32 = 0; u < layer.units; u++) {
    let sum: i32 = layer.bias[u];
    for (let t: i32 = u * layer.taps; t < (u + 1) * layer.taps; t++) {
      sum = wrappingAdd(sum, layer.timeWeights[t] * input[t]);
    }
    output[u] = rescale(sum, layer.multiplier, layer.rightShift, layer.outputZeroPoint, -128, 127);
  }
}
