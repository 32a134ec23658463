import { type i32, roundingShiftRight } from "./int.js";

export interface WideScratch {
  readonly size: i32;
  readonly sums: i32;
}

/** Running sums of squares of squares, which only an int32 holds. */
export function wideScratch(layer: WideScratch, input: Int8Array, output: Int8Array, sums: Int32Array): void {
  sums[0] = 0;
  for (let i: i32 = 1; i < layer.sums; i++) {
    const square: i32 = input[i - 1] * input[i - 1];
    sums[i] = sums[i - 1] + square * square;
  }
  for (let i: i32 = 0; i < layer.size; i++) {
    output[i] = roundingShiftRight(sums[i + 1], 24);
  }
}
