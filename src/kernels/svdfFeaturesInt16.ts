import { clamp, type i32, requantize, shiftLeft } from "./int.js";
import type { SvdfFeatures } from "./svdfFeatures.js";

/**
 * {@link svdfFeatures} with a memory of 16 bits.
 *
 *   input   int8 [inFeatures]
 *   before  int16 [filters, memory], the same memory as the output
 *   output  int16 [filters, memory]: the newest value last
 *
 * Source: TFLM svdf_common.cc EvalIntegerSvdfReference<int16_t>.
 */
export function svdfFeaturesInt16(
  layer: SvdfFeatures,
  input: Int8Array,
  before: Int16Array,
  output: Int16Array,
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
      clamp(requantize(shiftLeft(sum, layer.leftShift), layer.multiplier, layer.rightShift), -32768, 32767);
  }
}
