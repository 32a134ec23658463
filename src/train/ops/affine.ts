import type { FloatArray } from "../../base/tensor.js";
import { reluForward } from "./activations.js";
import { addProduct, isSingle, round } from "./arithmetic.js";

/*
 * The products of a fully connected layer. Inputs that are zero are skipped (four of five pixels of MNIST are): their
 * products change no bit of a finite sum.
 */

export interface AffineSizes {
  readonly batch: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** The values of a row that are not zero, and where they stand. */
class NonZeros {
  positions = new Int32Array(0);
  values = new Float64Array(0);
  count = 0;

  /** Takes `length` values from `start` on. */
  gather(row: FloatArray, start: number, length: number): void {
    if (this.positions.length < length) {
      this.positions = new Int32Array(length);
      this.values = new Float64Array(length);
    }
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

/** Scratch: every function here fills it before it reads it. */
const row = new NonZeros();
const gradients = new NonZeros();

/**
 * output[b, o] = (Σᵢ weights[o, i] · input[b, i]) + bias[o], the sum from +0 and i = 0, the bias last.
 *
 * @param input [batch, inFeatures]
 * @param weights [outFeatures, inFeatures]
 * @param bias [outFeatures], or undefined for none
 * @param output [batch, outFeatures], overwritten
 * @param isRectified whether it is max(0, that), for a ReLU that follows
 */
export function affineForward(
  { batch, inFeatures, outFeatures }: AffineSizes,
  input: FloatArray,
  weights: FloatArray,
  bias: FloatArray | undefined,
  output: FloatArray,
  isRectified = false,
): void {
  for (let b = 0; b < batch; b++) {
    row.gather(input, b * inFeatures, inFeatures);
    const start = b * outFeatures;
    let o = 0;
    for (; o + 4 <= outFeatures; o += 4) fourSums(weights, o * inFeatures, inFeatures, output, start + o);
    for (; o < outFeatures; o++) output[start + o] = oneSum(weights, o * inFeatures, isSingle(output));
    if (bias !== undefined) {
      for (let k = 0; k < outFeatures; k++) output[start + k] += bias[k];
    }
  }
  if (isRectified) reluForward(output, output);
}

/** Four outputs share each read of the input: twice as fast as one by one. */
function fourSums(
  weights: FloatArray,
  start0: number,
  inFeatures: number,
  output: FloatArray,
  outputStart: number,
): void {
  const { positions, values, count } = row;
  const single = isSingle(output);
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
    sum0 = addProduct(single, sum0, value, weights[start0 + i]);
    sum1 = addProduct(single, sum1, value, weights[start1 + i]);
    sum2 = addProduct(single, sum2, value, weights[start2 + i]);
    sum3 = addProduct(single, sum3, value, weights[start3 + i]);
  }
  output[outputStart] = sum0;
  output[outputStart + 1] = sum1;
  output[outputStart + 2] = sum2;
  output[outputStart + 3] = sum3;
}

function oneSum(weights: FloatArray, start: number, single: boolean): number {
  const { positions, values, count } = row;
  let sum = 0;
  for (let k = 0; k < count; k++) sum = addProduct(single, sum, values[k], weights[start + positions[k]]);
  return sum;
}

/**
 * weightGradient[o, i] += outputGradient[b, o] · input[b, i] for b = 0, 1, …: each product is added to what is there.
 *
 * @param input [batch, inFeatures]
 * @param outputGradient [batch, outFeatures]
 * @param weightGradient [outFeatures, inFeatures], added to
 */
export function affineWeightGradient(
  { batch, inFeatures, outFeatures }: AffineSizes,
  input: FloatArray,
  outputGradient: FloatArray,
  weightGradient: FloatArray,
): void {
  for (let b = 0; b < batch; b++) {
    row.gather(input, b * inFeatures, inFeatures);
    gradients.gather(outputGradient, b * outFeatures, outFeatures);
    let k = 0;
    for (; k + 4 <= gradients.count; k += 4) addFourRows(k, weightGradient, inFeatures);
    for (; k < gradients.count; k++) addRow(k, weightGradient, inFeatures);
  }
}

/** Four rows share each read of the input. */
function addFourRows(first: number, weightGradient: FloatArray, inFeatures: number): void {
  const { positions, values, count } = row;
  const single = isSingle(weightGradient);
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
    weightGradient[start0 + i] += round(single, gradient0 * value);
    weightGradient[start1 + i] += round(single, gradient1 * value);
    weightGradient[start2 + i] += round(single, gradient2 * value);
    weightGradient[start3 + i] += round(single, gradient3 * value);
  }
}

function addRow(which: number, weightGradient: FloatArray, inFeatures: number): void {
  const { positions, values, count } = row;
  const single = isSingle(weightGradient);
  const start = gradients.positions[which] * inFeatures;
  const gradient = gradients.values[which];
  for (let k = 0; k < count; k++) {
    weightGradient[start + positions[k]] += round(single, gradient * values[k]);
  }
}

/**
 * inputGradient[b, i] = Σₒ outputGradient[b, o] · weights[o, i], from +0 and o = 0.
 *
 * @param outputGradient [batch, outFeatures]
 * @param weights [outFeatures, inFeatures]
 * @param inputGradient [batch, inFeatures], overwritten
 */
export function affineInputGradient(
  { batch, inFeatures, outFeatures }: AffineSizes,
  outputGradient: FloatArray,
  weights: FloatArray,
  inputGradient: FloatArray,
): void {
  const single = isSingle(inputGradient);
  inputGradient.fill(0, 0, batch * inFeatures);
  for (let b = 0; b < batch; b++) {
    const inputStart = b * inFeatures;
    for (let o = 0; o < outFeatures; o++) {
      const gradient = outputGradient[b * outFeatures + o];
      if (gradient === 0) continue;
      const start = o * inFeatures;
      for (let i = 0; i < inFeatures; i++) {
        inputGradient[inputStart + i] += round(single, gradient * weights[start + i]);
      }
    }
  }
}

/**
 * sums[c] += values[r, c] for r = 0, 1, …: a bias's gradient from its outputs' gradients.
 *
 * @param values [rows, columns]
 * @param sums [columns], added to
 */
export function addColumnSums(rows: number, columns: number, values: FloatArray, sums: FloatArray): void {
  for (let r = 0; r < rows; r++) {
    const start = r * columns;
    for (let c = 0; c < columns; c++) sums[c] += values[start + c];
  }
}
