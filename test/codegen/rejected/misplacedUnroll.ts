import { type i32, unroll } from "./int.js";

export interface MisplacedUnroll {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function misplacedUnroll(layer: MisplacedUnroll, input: Int8Array, output: Int8Array): void {
  unroll(4);
  output[0] = 1;
  unroll(2);
  unroll(3);
  for (let i: i32 = 0; i < 2; i++) {
    output[i] = 1;
  }
  unroll(layer.size);
  for (let i: i32 = 0; i < 2; i++) {
    output[i] = 1;
  }
  unroll(2.5);
  for (let i: i32 = 0; i < 2; i++) {
    output[i] = 1;
  }
  unroll(0);
  for (let i: i32 = 0; i < 2; i++) {
    output[i] = 1;
  }
  unroll(1, 2);
  for (let i: i32 = 0; i < 2; i++) {
    output[i] = 1;
  }
  output[1] = unroll(2);
  if (input[0] > 1) unroll(2);
}
