import { clamp, type i32, requantize, shiftLeft } from "./int.js";

export interface SvdfFeatures {
  readonly inFeatures: i32;
  readonly filters: i32;
  readonly memory: i32;
  readonly inputZeroPoint: i32;
  readonly stateZeroPoint: i32;
  readonly leftShift: i32;
  readonly multiplier: i32;
  readonly rightShift: i32;
  /** int8 [filters, inFeatures] */
  readonly featureWeights: Int8Array;
}

/**
 * The first half of an SVDF: each filter's memory moves up by one value, and what the filter makes of the input is its newest.
 *
 *   input   int8 [inFeatures]
 *   before  int8 [filters, memory], the same memory as the output
 *   output  int8 [filters, memory]: the newest value last
 *
 * A value is clamped before the zero point is added, so it may leave int8, and wraps then as in the reference. Sums fit int32,
 * shifted left too (src/plan/planSvdf.ts).
 *
 * Source: TFLM svdf_common.cc EvalIntegerSvdfReference<int8_t>.
 */
export function svdfFeatures(
  layer: SvdfFeatures,
  input: Int8Array,
  before: Int8Array,
  output: Int8Array,
): void {
  for (let f: i32 = 0; f < layer.filters; f++) {
    const newest: i32 = (f + 1) * layer.memory - 1;
    for (let t: i32 = f * layer.memory; t < newest; t++) {
      output[t] = before[t + 1];
    }
    let sum: i32 = 0;
    for (let i: i32 = 0; i < layer.inFeatures; i++) {
      sum += layer.featureWeights[f * layer.inFeatures + i] * (input[i] - layer.inputZeroPoint);
    }
    output[newest] =
      layer.stateZeroPoint +
      clamp(requantize(shiftLeft(sum, layer.leftShift), layer.multiplier, layer.rightShift), -128, 127);
  }
}
