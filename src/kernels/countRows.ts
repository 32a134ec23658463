import type { i32 } from "./int.js";

export interface CountRows {
  readonly rows: i32;
  readonly size: i32;
  /** 1 to rows. */
  readonly least: i32;
}

/**
 * output[i] is 1 where at least `least` of the rows have 1 at i, else 0.
 *
 *   input   int8 [rows, size], 0 or 1
 *   output  int8 [size]
 */
export function countRows(layer: CountRows, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    let count: i32 = 0;
    for (let r: i32 = 0; r < layer.rows; r++) {
      count += input[r * layer.size + i];
    }
    output[i] = count < layer.least ? 0 : 1;
  }
}
