import { clamp, type i32 } from "./int.js";

export interface FoldedBranch {
  readonly size: i32;
  readonly hasBias: i32;
  /** int32 [size]; empty where hasBias is 0. */
  readonly bias: Int32Array;
  readonly mode: i32;
}

/** Each branch on the layer's numbers is decided before C is printed. */
export function foldedBranch(layer: FoldedBranch, input: Int8Array, output: Int8Array): void {
  const lowest: i32 = layer.mode === 2 ? -100 : -128;
  for (let i: i32 = 0; i < layer.size; i++) {
    let value: i32 = input[i];
    const doubled: i32 = value * 2;
    if (layer.hasBias === 1) {
      const addend: i32 = layer.bias[i];
      value += addend;
    }
    if (layer.mode === 0) {
      value = doubled;
    } else if (layer.mode === 1 && value > 3) {
      value -= 3;
    } else {
      value += 1;
    }
    output[i] = clamp(value, lowest, 127);
  }
}
