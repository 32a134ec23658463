import { type i32 } from "./int.js";

export interface ComparisonsAsNumbers {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function comparisonsAsNumbers(layer: ComparisonsAsNumbers, input: Int8Array, output: Int8Array): void {
  const a: i32 = input[0] < input[1];
  const b: i32 = a && 1;
  const c: i32 = !a;
  const d: i32 = a === b;
  const e: i32 = a == b;
  if (a < b < c) {
    output[0] = d + e;
  }
}
