import { type i32 } from "./int.js";

export interface Assignments {
  readonly size: i32;
  readonly weights: Int8Array;
}

function change(x: i32): i32 {
  x = 2;
  return x;
}

export function assignments(layer: Assignments, input: Int8Array, output: Int8Array): void {
  const constant: i32 = 1;
  constant = 2;
  let a: i32 = (constant = 3);
  let b: i32 = a++;
  let c: i32 = --a;
  a = b = c;
  layer.size = 2;
  input = output;
  for (let i: i32 = 0; i < layer.size; i++) {
    i = 5;
    i++;
  }
  output[(a = 1)] = 2;
  output[0] = (a, b);
  missing = 1;
}
