import { clamp, type i32 } from "./int.js";

export interface Rows {
  readonly rows: i32;
  /** int8 [rows] */
  readonly bias: Int8Array;
}

function limited(x: i32): i32 {
  return clamp(x, -100, 100);
}

/** row[i] + table[i] + bias, not beyond 100. */
export function addRow(row: Int8Array, table: Int8Array, bias: i32, count: i32, output: Int8Array): void {
  for (let i: i32 = 0; i < count; i++) {
    output[i] = limited(row[i] + table[i] + bias);
  }
}
