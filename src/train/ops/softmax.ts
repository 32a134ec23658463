import type { FloatArray } from "../../base/tensor.js";

/**
 * Softmax of every row: output[r, j] = exp(input[r, j] − max) / Σₖ exp(input[r, k] − max). Exponentials and their sum
 * are double; each exponential is stored once and divided when stored again.
 *
 * @param input [rows, classes]
 * @param output [rows, classes], overwritten; may be the input
 */
export function softmaxForward(rows: number, classes: number, input: FloatArray, output: FloatArray): void {
  for (let r = 0; r < rows; r++) softmaxRow(input, r * classes, classes, output);
}

/**
 * Softmax of `count` values from `start` on, written to the same places of `output`; the two may be the same array.
 *
 * @returns ln Σₖ exp(input[k]), which no input overflows
 */
function softmaxRow(input: FloatArray, start: number, count: number, output: FloatArray): number {
  let max = input[start];
  for (let j = start + 1; j < start + count; j++) max = Math.max(max, input[j]);
  let sum = 0;
  for (let j = start; j < start + count; j++) {
    const exponential = Math.exp(input[j] - max);
    sum += exponential;
    output[j] = exponential;
  }
  for (let j = start; j < start + count; j++) output[j] /= sum;
  return max + Math.log(sum);
}

/**
 * inputGradient[r, j] = output[r, j] · (outputGradient[r, j] − Σₖ outputGradient[r, k] · output[r, k]), in double.
 *
 * @param output [rows, classes], as {@link softmaxForward} left it
 */
export function softmaxBackward(
  rows: number,
  classes: number,
  output: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  for (let r = 0; r < rows; r++) {
    const start = r * classes;
    let mean = 0;
    for (let j = start; j < start + classes; j++) mean += outputGradient[j] * output[j];
    for (let j = start; j < start + classes; j++) inputGradient[j] = output[j] * (outputGradient[j] - mean);
  }
}

/**
 * Softmax and cross-entropy of class numbers: the loss −weight · ln softmax(scores[b])[labels[b]] summed over the
 * batch in double, and its gradient weight · (softmax(scores[b]) − onehot) / batch.
 *
 * @param scores [batch, classes]
 * @param labels [batch]
 * @param weights of the samples [batch], or undefined for 1
 * @param gradient [batch, classes], overwritten
 * @returns the sum over the batch; who wants the mean divides
 */
export function softmaxCrossEntropyOfLabels(
  batch: number,
  classes: number,
  scores: FloatArray,
  labels: ArrayLike<number>,
  weights: FloatArray | undefined,
  gradient: FloatArray,
): number {
  let sum = 0;
  for (let b = 0; b < batch; b++) {
    const start = b * classes;
    const logSum = softmaxRow(scores, start, classes, gradient);
    const label = start + labels[b];
    const weight = weights === undefined ? 1 : weights[b];
    sum += weight * (logSum - scores[label]);
    gradient[label] -= 1;
    for (let j = start; j < start + classes; j++) gradient[j] = (gradient[j] * weight) / batch;
  }
  return sum;
}

/** As {@link softmaxCrossEntropyOfLabels}, for targets that are probabilities [batch, classes]. */
export function softmaxCrossEntropyOfProbabilities(
  batch: number,
  classes: number,
  scores: FloatArray,
  targets: FloatArray,
  weights: FloatArray | undefined,
  gradient: FloatArray,
): number {
  let sum = 0;
  for (let b = 0; b < batch; b++) {
    const start = b * classes;
    const logSum = softmaxRow(scores, start, classes, gradient);
    const weight = weights === undefined ? 1 : weights[b];
    for (let j = start; j < start + classes; j++) {
      sum += weight * targets[j] * (logSum - scores[j]);
      gradient[j] = ((gradient[j] - targets[j]) * weight) / batch;
    }
  }
  return sum;
}
