import { type i32 } from "./int.js";

export interface ShiftCounts {
  readonly size: i32;
  readonly weights: Int8Array;
}

function shift(x: i32): i32 {
  return 5 >> x;
}

export function shiftCounts(layer: ShiftCounts, input: Int8Array, output: Int8Array): void {
  let x: i32 = input[0] >> 32;
  x = x >> -1;
  x = x >> input[1];
  x >>= x;
  x >>= 40;
  x = x >> (layer.size + 1);
  x = x >> shift(x);
  output[0] = x;
}
