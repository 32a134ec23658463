import { type i32 } from "./int.js";

export interface ManyRules {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function manyRules(layer: ManyRules, input: Int8Array, output: Int8Array): void {
  let x = input[0] / 2;
  output[0] = x << 1;
}
