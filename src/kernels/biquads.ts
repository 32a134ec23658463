import { clamp, filterSection, type i32, shiftLeft } from "./int.js";

export interface BiquadsKernel {
  readonly steps: i32;
  readonly axes: i32;
  readonly sections: i32;
  /** Of the signal between sections, behind the point. */
  readonly fractionBits: i32;
  /** What a section keeps of a signal that never changes: 1 for a low-pass filter, 0 for a high-pass one. */
  readonly keepsLevel: i32;
  /** int32 [sections, 5], Q30: b0, b1, b2, −a1, −a2. */
  readonly coefficients: Int32Array;
}

/**
 * Second-order sections behind each other, in the direct form 1, over each axis:
 *
 *   y[t] = b0 · x[t] + b1 · x[t − 1] + b2 · x[t − 2] − a1 · y[t − 1] − a2 · y[t − 2]
 *
 * as if the first sample had been there for ever.
 *
 *   input, output  int16 [steps, axes]
 *   signal         int32 [sections, 5]: a section's x of now and of the two steps before, and its last two y
 */
export function biquads(
  layer: BiquadsKernel,
  input: Int16Array,
  output: Int16Array,
  signal: Int32Array,
): void {
  for (let axis: i32 = 0; axis < layer.axes; axis++) {
    let level: i32 = shiftLeft(input[axis], layer.fractionBits);
    for (let section: i32 = 0; section < layer.sections; section++) {
      const at: i32 = 5 * section;
      signal[at] = level;
      signal[at + 1] = level;
      signal[at + 2] = level;
      level *= layer.keepsLevel;
      signal[at + 3] = level;
      signal[at + 4] = level;
    }
    for (let t: i32 = 0; t < layer.steps; t++) {
      let x: i32 = shiftLeft(input[t * layer.axes + axis], layer.fractionBits);
      for (let section: i32 = 0; section < layer.sections; section++) {
        const at: i32 = 5 * section;
        signal[at + 2] = signal[at + 1];
        signal[at + 1] = signal[at];
        signal[at] = x;
        x = filterSection(layer.coefficients, at, signal, at);
        signal[at + 4] = signal[at + 3];
        signal[at + 3] = x;
      }
      const half: i32 = shiftLeft(1, layer.fractionBits - 1);
      output[t * layer.axes + axis] = clamp((x + half) >> layer.fractionBits, -32768, 32767);
    }
  }
}
