import type { FloatArray } from "../tensor.js";

/*
 * The three products of a fully connected layer. All skip inputs that are zero (four of five pixels of MNIST are):
 * adding their products changes no bit of a finite sum. Every sum runs over its index from left to right, so that
 * results do not depend on blocking.
 */

/** The values of a row that are not zero, and where they stand: scratch, made once for a layer. */
export class NonZeros {
  readonly positions: Int32Array;
  readonly values: Float64Array;
  count = 0;

  /** @param length of the longest row */
  constructor(length: number) {
    this.positions = new Int32Array(length);
    this.values = new Float64Array(length);
  }

  /** Takes `length` values from `start` on. */
  gather(row: FloatArray, start: number, length: number): void {
    const { positions, values } = this;
    let count = 0;
    for (let i = 0; i < length; i++) {
      const value = row[start + i];
      if (value !== 0) {
        positions[count] = i;
        values[count] = value;
        count++;
      }
    }
    this.count = count;
  }
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
 * @param row scratch for [inFeatures]
 */
export function affineForward(
  { batch, inFeatures, outFeatures }: AffineSizes,
  input: FloatArray,
  weights: FloatArray,
  bias: FloatArray | undefined,
  output: FloatArray,
  row: NonZeros,
): void {
  for (let b = 0; b < batch; b++) {
    row.gather(input, b * inFeatures, inFeatures);
    const start = b * outFeatures;
    let o = 0;
    for (; o + 4 <= outFeatures; o += 4)
      fourSums(row, weights, o * inFeatures, inFeatures, output, start + o);
    for (; o < outFeatures; o++) output[start + o] = oneSum(row, weights, o * inFeatures);
    if (bias !== undefined) {
      for (let k = 0; k < outFeatures; k++) output[start + k] += bias[k];
    }
  }
}

/** Four outputs share each read of the input: twice as fast as one by one. */
function fourSums(
  { positions, values, count }: NonZeros,
  weights: FloatArray,
  start0: number,
  inFeatures: number,
  output: FloatArray,
  outputStart: number,
): void {
  const start1 = start0 + inFeatures;
  const start2 = start1 + inFeatures;
  const start3 = start2 + inFeatures;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let k = 0; k < count; k++) {
    const i = positions[k];
    const value = values[k];
    sum0 += value * weights[start0 + i];
    sum1 += value * weights[start1 + i];
    sum2 += value * weights[start2 + i];
    sum3 += value * weights[start3 + i];
  }
  output[outputStart] = sum0;
  output[outputStart + 1] = sum1;
  output[outputStart + 2] = sum2;
  output[outputStart + 3] = sum3;
}

function oneSum({ positions, values, count }: NonZeros, weights: FloatArray, start: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += values[k] * weights[start + positions[k]];
  return sum;
}

/**
 * weightGradient[o, i] += Σ_b outputGradient[b, o] · input[b, i], sample by sample.
 *
 * @param row scratch for [inFeatures]
 * @param gradients scratch for [outFeatures]
 */
export function affineWeightGradient(
  { batch, inFeatures, outFeatures }: AffineSizes,
  input: FloatArray,
  outputGradient: FloatArray,
  weightGradient: FloatArray,
  row: NonZeros,
  gradients: NonZeros,
): void {
  for (let b = 0; b < batch; b++) {
    row.gather(input, b * inFeatures, inFeatures);
    gradients.gather(outputGradient, b * outFeatures, outFeatures);
    let k = 0;
    for (; k + 4 <= gradients.count; k += 4) addFourRows(row, gradients, k, weightGradient, inFeatures);
    for (; k < gradients.count; k++) addRow(row, gradients, k, weightGradient, inFeatures);
  }
}

/** Four rows share each read of the input. */
function addFourRows(
  { positions, values, count }: NonZeros,
  gradients: NonZeros,
  first: number,
  weightGradient: FloatArray,
  inFeatures: number,
): void {
  const start0 = gradients.positions[first] * inFeatures;
  const start1 = gradients.positions[first + 1] * inFeatures;
  const start2 = gradients.positions[first + 2] * inFeatures;
  const start3 = gradients.positions[first + 3] * inFeatures;
  const gradient0 = gradients.values[first];
  const gradient1 = gradients.values[first + 1];
  const gradient2 = gradients.values[first + 2];
  const gradient3 = gradients.values[first + 3];
  for (let k = 0; k < count; k++) {
    const i = positions[k];
    const value = values[k];
    weightGradient[start0 + i] += gradient0 * value;
    weightGradient[start1 + i] += gradient1 * value;
    weightGradient[start2 + i] += gradient2 * value;
    weightGradient[start3 + i] += gradient3 * value;
  }
}

function addRow(
  { positions, values, count }: NonZeros,
  gradients: NonZeros,
  which: number,
  weightGradient: FloatArray,
  inFeatures: number,
): void {
  const start = gradients.positions[which] * inFeatures;
  const gradient = gradients.values[which];
  for (let k = 0; k < count; k++) weightGradient[start + positions[k]] += gradient * values[k];
}

/** inputGradient[b, i] = Σₒ outputGradient[b, o] · weights[o, i] */
export function affineInputGradient(
  { batch, inFeatures, outFeatures }: AffineSizes,
  outputGradient: FloatArray,
  weights: FloatArray,
  inputGradient: FloatArray,
): void {
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
