import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round } from "./arithmetic.js";

/*
 * Functions of one value, element by element, and what they do to gradients. Those of exp and tanh are computed in
 * double and rounded when stored; the others give the same in both.
 */

/** sum += values: where an activation is used twice. */
export function accumulate(values: FloatArray, sum: FloatArray): void {
  for (let k = 0; k < sum.length; k++) sum[k] += values[k];
}

/** product = values · factors */
export function multiply(values: FloatArray, factors: FloatArray, product: FloatArray): void {
  for (let k = 0; k < product.length; k++) product[k] = values[k] * factors[k];
}

/** output = 1 where the input is 0 or more, else 0. */
export function stepForward(input: FloatArray, output: FloatArray): void {
  for (let k = 0; k < output.length; k++) output[k] = input[k] >= 0 ? 1 : 0;
}

/** output = max(0, input); −0 gives +0. */
export function reluForward(input: FloatArray, output: FloatArray): void {
  for (let k = 0; k < output.length; k++) output[k] = Math.max(0, input[k]);
}

/** inputGradient = outputGradient where the output is above 0, else 0. */
export function reluBackward(
  output: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  for (let k = 0; k < inputGradient.length; k++) inputGradient[k] = output[k] > 0 ? outputGradient[k] : 0;
}

/** output = min(6, max(0, input)) */
export function relu6Forward(input: FloatArray, output: FloatArray): void {
  for (let k = 0; k < output.length; k++) output[k] = Math.min(6, Math.max(0, input[k]));
}

/** inputGradient = outputGradient where the output is between 0 and 6, else 0. */
export function relu6Backward(
  output: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  for (let k = 0; k < inputGradient.length; k++) {
    inputGradient[k] = output[k] > 0 && output[k] < 6 ? outputGradient[k] : 0;
  }
}

/** output = input where it is above 0, else slope · input, the slope rounded first. */
export function leakyReluForward(slope: number, input: FloatArray, output: FloatArray): void {
  const factor = round(isSingle(output), slope);
  for (let k = 0; k < output.length; k++) output[k] = input[k] > 0 ? input[k] : factor * input[k];
}

/** inputGradient = outputGradient where the input is above 0, else slope · outputGradient. */
export function leakyReluBackward(
  slope: number,
  input: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  const factor = round(isSingle(inputGradient), slope);
  for (let k = 0; k < inputGradient.length; k++) {
    inputGradient[k] = input[k] > 0 ? outputGradient[k] : factor * outputGradient[k];
  }
}

/** output = 1 / (1 + exp(−input)), without overflow at either end. */
export function sigmoidForward(input: FloatArray, output: FloatArray): void {
  for (let k = 0; k < output.length; k++) {
    const small = Math.exp(-Math.abs(input[k]));
    output[k] = (input[k] >= 0 ? 1 : small) / (1 + small);
  }
}

/** inputGradient = outputGradient · output · (1 − output), in double. */
export function sigmoidBackward(
  output: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  for (let k = 0; k < inputGradient.length; k++) {
    inputGradient[k] = outputGradient[k] * output[k] * (1 - output[k]);
  }
}

/** output = tanh(input) */
export function tanhForward(input: FloatArray, output: FloatArray): void {
  for (let k = 0; k < output.length; k++) output[k] = Math.tanh(input[k]);
}

/** inputGradient = outputGradient · (1 − output²), in double. */
export function tanhBackward(
  output: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  for (let k = 0; k < inputGradient.length; k++) {
    inputGradient[k] = outputGradient[k] * (1 - output[k] * output[k]);
  }
}

/** output = min(6, max(0, input + 3)) / 6, in double. */
export function hardSigmoidForward(input: FloatArray, output: FloatArray): void {
  for (let k = 0; k < output.length; k++) output[k] = Math.min(6, Math.max(0, input[k] + 3)) / 6;
}

/** inputGradient = outputGradient / 6 where −3 < input < 3, else 0. */
export function hardSigmoidBackward(
  input: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  for (let k = 0; k < inputGradient.length; k++) {
    inputGradient[k] = input[k] > -3 && input[k] < 3 ? outputGradient[k] / 6 : 0;
  }
}

/** output = input · min(6, max(0, input + 3)) / 6, in double. */
export function hardSwishForward(input: FloatArray, output: FloatArray): void {
  for (let k = 0; k < output.length; k++) output[k] = (input[k] * Math.min(6, Math.max(0, input[k] + 3))) / 6;
}

/** inputGradient = outputGradient · (0 up to −3, 1 from 3 on, (2 · input + 3) / 6 between), in double. */
export function hardSwishBackward(
  input: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  for (let k = 0; k < inputGradient.length; k++) {
    const value = input[k];
    const slope = value <= -3 ? 0 : value >= 3 ? 1 : (2 * value + 3) / 6;
    inputGradient[k] = outputGradient[k] * slope;
  }
}
