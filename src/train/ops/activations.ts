import type { FloatArray } from "../../tensor.js";

/** sum += values, element by element: where an activation is used twice. */
export function accumulate(values: FloatArray, sum: FloatArray): void {
  for (let k = 0; k < sum.length; k++) sum[k] += values[k];
}

/** output = max(0, input), element by element; −0 gives +0. */
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
