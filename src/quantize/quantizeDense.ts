import type { Quantization, QuantizedFullyConnected } from "../quantizedNetwork.js";
import type { FloatArray } from "../tensor.js";
import type { Dense } from "../train/layers/dense.js";
import { roundAwayFromZero } from "./quantizeTensor.js";

/**
 * A weight scale for one output: 127 steps for the largest weight, and more where the bias would pass 2^30 at it.
 *
 * @returns a float32 value
 */
export function chooseWeightScale(weights: FloatArray, bias: number, inputScale: number): number {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) largest = Math.max(largest, Math.abs(weights[i]));
  const scale = Math.fround(Math.max(largest / 127, Math.abs(bias) / (inputScale * 2 ** 30)));
  return scale === 0 ? 1 : scale;
}

/** A weight in steps of its scale: −127..127. */
export function quantizeWeight(weight: number, scale: number): number {
  return Math.min(127, Math.max(-127, roundAwayFromZero(weight / scale)));
}

/** A dense layer's weights with a scale for each output, and its bias in steps of input scale · weight scale. */
export function quantizeDense(
  dense: Dense,
  input: Quantization,
): Pick<QuantizedFullyConnected, "weights" | "weightScales" | "bias"> {
  const [outFeatures, inFeatures] = dense.weights.value.shape;
  const real = dense.weights.value.data;
  const weights = new Int8Array(real.length);
  const bias = new Int32Array(outFeatures);
  const weightScales: number[] = [];
  for (let o = 0; o < outFeatures; o++) {
    const start = o * inFeatures;
    const realBias = dense.bias?.value.data[o] ?? 0;
    const scale = chooseWeightScale(real.subarray(start, start + inFeatures), realBias, input.scale);
    for (let i = start; i < start + inFeatures; i++) weights[i] = quantizeWeight(real[i], scale);
    bias[o] = roundAwayFromZero(realBias / (input.scale * scale));
    weightScales.push(scale);
  }
  return { weights, weightScales, bias };
}
