import type { i32 } from "./int.js";

export interface Constant {
  readonly size: i32;
  /** int8 [size] */
  readonly values: Int8Array;
}

/** output[i] = values[i] */
export function constant(layer: Constant, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    output[i] = layer.values[i];
  }
}
