import type { FloatArray } from "../tensor.js";

/*
 * The three products of a fully connected layer. All skip inputs that are zero (four of five pixels of MNIST are):
 * adding their products changes no bit of a finite sum. Every sum runs over its index from left to right, so that
 * results do not depend on blocking.
 */

/** Positions of a row's values that are not zero. */
function findNonZeros(row: FloatArray, start: number, length: number, positions: Int32Array): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (row[start + i] !== 0) positions[count++] = i;
  }
  return count;
}

export interface AffineSizes {
  readonly batch: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/**
 * output[b, o] = bias[o] + Σᵢ weights[o, i] · input[b, i], summed in double precision from i = 0, bias last.
 *
 * @param bias [outFeatures], or undefined for none
 * @param positions scratch, at least [inFeatures]
 */
export function affineForward(
  sizes: AffineSizes,
  input: FloatArray,
  weights: FloatArray,
  bias: FloatArray | undefined,
  output: FloatArray,
  positions: Int32Array,
): void {
  const { batch, inFeatures, outFeatures } = sizes;
  const blocked = outFeatures - (outFeatures % 4);
  for (let b = 0; b < batch; b++) {
    const inputStart = b * inFeatures;
    const outputStart = b * outFeatures;
    const count = findNonZeros(input, inputStart, inFeatures, positions);
    for (let o = 0; o < blocked; o += 4) {
      const row0 = o * inFeatures;
      const row1 = row0 + inFeatures;
      const row2 = row1 + inFeatures;
      const row3 = row2 + inFeatures;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let k = 0; k < count; k++) {
        const i = positions[k];
        const value = input[inputStart + i];
        sum0 += value * weights[row0 + i];
        sum1 += value * weights[row1 + i];
        sum2 += value * weights[row2 + i];
        sum3 += value * weights[row3 + i];
      }
      output[outputStart + o] = sum0;
      output[outputStart + o + 1] = sum1;
      output[outputStart + o + 2] = sum2;
      output[outputStart + o + 3] = sum3;
    }
    for (let o = blocked; o < outFeatures; o++) {
      const row = o * inFeatures;
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const i = positions[k];
        sum += input[inputStart + i] * weights[row + i];
      }
      output[outputStart + o] = sum;
    }
  }
  if (bias === undefined) return;
  for (let b = 0; b < batch; b++) {
    for (let o = 0; o < outFeatures; o++) output[b * outFeatures + o] += bias[o];
  }
}

/**
 * weightGradient[o, i] += Σ_b outputGradient[b, o] · input[b, i]
 *
 * @param positions scratch, at least [inFeatures]
 */
export function affineWeightGradient(
  sizes: AffineSizes,
  input: FloatArray,
  outputGradient: FloatArray,
  weightGradient: FloatArray,
  positions: Int32Array,
): void {
  const { batch, inFeatures, outFeatures } = sizes;
  for (let b = 0; b < batch; b++) {
    const inputStart = b * inFeatures;
    const count = findNonZeros(input, inputStart, inFeatures, positions);
    for (let o = 0; o < outFeatures; o++) {
      const gradient = outputGradient[b * outFeatures + o];
      if (gradient === 0) continue;
      const row = o * inFeatures;
      for (let k = 0; k < count; k++) {
        const i = positions[k];
        weightGradient[row + i] += gradient * input[inputStart + i];
      }
    }
  }
}

/** inputGradient[b, i] = Σₒ outputGradient[b, o] · weights[o, i] */
export function affineInputGradient(
  sizes: AffineSizes,
  outputGradient: FloatArray,
  weights: FloatArray,
  inputGradient: FloatArray,
): void {
  const { batch, inFeatures, outFeatures } = sizes;
  inputGradient.fill(0);
  for (let b = 0; b < batch; b++) {
    const inputStart = b * inFeatures;
    for (let o = 0; o < outFeatures; o++) {
      const gradient = outputGradient[b * outFeatures + o];
      if (gradient === 0) continue;
      const row = o * inFeatures;
      for (let i = 0; i < inFeatures; i++) inputGradient[inputStart + i] += gradient * weights[row + i];
    }
  }
}
