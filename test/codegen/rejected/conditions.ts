import { type i32 } from "./int.js";

export interface Conditions {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function conditions(layer: Conditions, input: Int8Array, output: Int8Array): void {
  const x: i32 = input[0];
  if (x) {
    output[0] = 1;
  }
  if (!x) {
    output[0] = 1;
  }
  if (true) {
    output[0] = 1;
  }
  if (x & 1) {
    output[0] = 1;
  }
  output[0] = x ? 1 : 0;
  if (x === 1 && x) {
    output[0] = 1;
  }
}
