import { createFloats, type FloatArray } from "../../base/tensor.js";
import { addProduct, isSingle } from "./arithmetic.js";

/*
 * What recurrent layers have in common. A layer's inputs come as sums already: weights · input + bias for all steps at once,
 * which is a product of a dense layer. What is left is the way through time, sample by sample.
 */

export interface RecurrentSizes {
  readonly batch: number;
  readonly steps: number;
  readonly units: number;
  /** Goes from the last step to the first. */
  readonly isReversed: boolean;
  /** The output has all steps, each at its own time; else it is the last that was gone to. */
  readonly returnsAll: boolean;
}

/** Zeros of the same element type. */
export function floatsLike(values: FloatArray, length: number): FloatArray {
  return createFloats(isSingle(values) ? "float32" : "float64", length);
}

/** Which of [batch · steps] rows step k of a sample's way is. */
export function rowOf({ steps, isReversed }: RecurrentSizes, sample: number, k: number): number {
  return sample * steps + (isReversed ? steps - 1 - k : k);
}

/**
 * sums[o] = (Σⱼ weights[o, j] · state[j]) + bias[o], the sum from +0 and j = 0, the bias last.
 *
 * @param weights [gates · units, units]
 * @param state units values from `start` on
 * @param bias [gates · units], or undefined for none
 */
export function recurrentSums(
  units: number,
  weights: FloatArray,
  bias: FloatArray | undefined,
  state: FloatArray,
  start: number,
  sums: FloatArray,
): void {
  const single = isSingle(sums);
  for (let o = 0; o < sums.length; o++) {
    let sum = 0;
    for (let j = 0; j < units; j++) {
      sum = addProduct(single, sum, state[start + j], weights[o * units + j]);
    }
    sums[o] = sum;
    if (bias !== undefined) sums[o] += bias[o];
  }
}

/** sums[j] = (begin with what is there, or +0) Σₒ gradients[start + o] · weights[o, j], from o = 0 on. */
export function carryBack(
  units: number,
  weights: FloatArray,
  gradients: FloatArray,
  start: number,
  sums: FloatArray,
  isAdded: boolean,
): void {
  const single = isSingle(sums);
  const count = weights.length / units;
  for (let j = 0; j < units; j++) {
    let sum = isAdded ? sums[j] : 0;
    for (let o = 0; o < count; o++) {
      sum = addProduct(single, sum, gradients[start + o], weights[o * units + j]);
    }
    sums[j] = sum;
  }
}

/** Where a state goes that step k gives: to the next step, and to the output where that has it. */
export function putState(
  sizes: RecurrentSizes,
  sample: number,
  k: number,
  unit: number,
  value: number,
  before: FloatArray,
  output: FloatArray,
): void {
  const { steps, units, returnsAll } = sizes;
  const isLast = k === steps - 1;
  if (!isLast) before[rowOf(sizes, sample, k + 1) * units + unit] = value;
  if (returnsAll) output[rowOf(sizes, sample, k) * units + unit] = value;
  else if (isLast) output[sample * units + unit] = value;
}

/** The loss's derivative by what step k gave to the output. */
export function outputGradientAt(
  sizes: RecurrentSizes,
  sample: number,
  k: number,
  unit: number,
  outputGradient: FloatArray,
): number {
  const { steps, units, returnsAll } = sizes;
  if (returnsAll) return outputGradient[rowOf(sizes, sample, k) * units + unit];
  return k === steps - 1 ? outputGradient[sample * units + unit] : 0;
}
