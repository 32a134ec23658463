import { type i32 } from "./int.js";

export interface Recursion {
  readonly size: i32;
  readonly weights: Int8Array;
}

function even(x: i32): i32 {
  return odd(x - 1);
}

function odd(x: i32): i32 {
  return even(x - 1);
}

function itself(x: i32): void {
  itself(x);
}

export function recursion(layer: Recursion, input: Int8Array, output: Int8Array): void {
  output[0] = even(input[0]);
  itself(1);
  recursion(layer, input, output);
}
