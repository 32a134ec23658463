import type { i32 } from "./int.js";

export interface SharedFunction {
  readonly size: i32;
  readonly shift: i32;
  /** int8 [size] */
  readonly weights: Int8Array;
}

/** Layers that agree in every number share one function and differ in their tables. */
export function sharedFunction(layer: SharedFunction, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    output[i] = (input[i] + layer.weights[i]) >> layer.shift;
  }
}
