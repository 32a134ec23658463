import { type i32 } from "./int.js";

export interface MissingTypes {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function missingTypes(layer: MissingTypes, input: Int8Array, output: Int8Array): void {
  const a = 1;
  let b: i32;
  for (let i = 0; i < layer.size; i++) {
    output[i] = a + b;
  }
}
