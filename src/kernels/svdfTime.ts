import { type i32, rescale } from "./int.js";

export interface SvdfTime {
  readonly units: i32;
  /** rank · memory: what a unit adds up. */
  readonly taps: i32;
  readonly stateZeroPoint: i32;
  readonly multiplier: i32;
  readonly rightShift: i32;
  readonly outputZeroPoint: i32;
  /** int8 [units, taps] */
  readonly timeWeights: Int8Array;
  /** int32 [units] */
  readonly bias: Int32Array;
}

/**
 * The second half of an SVDF: each unit weighs the memories of its filters.
 *
 *   input   int8 [units, taps]
 *   output  int8 [units]
 *
 * Sums fit int32, and no factor is over 1 (src/plan/planSvdf.ts).
 *
 * Source: TFLM svdf_common.cc EvalIntegerSvdfReference<int8_t>.
 */
export function svdfTime(layer: SvdfTime, input: Int8Array, output: Int8Array): void {
  for (let u: i32 = 0; u < layer.units; u++) {
    let sum: i32 = layer.bias[u];
    for (let t: i32 = u * layer.taps; t < (u + 1) * layer.taps; t++) {
      sum += layer.timeWeights[t] * (input[t] - layer.stateZeroPoint);
    }
    output[u] = rescale(sum, layer.multiplier, layer.rightShift, layer.outputZeroPoint, -128, 127);
  }
}
