import { clamp, type i32 } from "./int.js";

export interface DecimateKernel {
  readonly outputSteps: i32;
  readonly axes: i32;
  readonly factor: i32;
  readonly taps: i32;
  /** int16 [taps], Q15; their sizes are below 2^16 together, so that no sum leaves int32. */
  readonly weights: Int16Array;
}

/**
 * output[t, axis] = Σ_k weights[k] · input[factor · t + k, axis] / 2^15, halves up: a low-pass filter, of which every
 * `factor`th value is computed.
 *
 *   input   int16 [steps, axes]
 *   output  int16 [outputSteps, axes]
 */
export function decimate(layer: DecimateKernel, input: Int16Array, output: Int16Array): void {
  for (let t: i32 = 0; t < layer.outputSteps; t++) {
    for (let axis: i32 = 0; axis < layer.axes; axis++) {
      const first: i32 = t * layer.factor * layer.axes + axis;
      let sum: i32 = 0;
      for (let k: i32 = 0; k < layer.taps; k++) {
        sum += layer.weights[k] * input[first + k * layer.axes];
      }
      output[t * layer.axes + axis] = clamp(((sum >> 14) + 1) >> 1, -32768, 32767);
    }
  }
}
