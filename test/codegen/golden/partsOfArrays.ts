import { type i32 } from "./int.js";

export interface PartsOfArrays {
  readonly rows: i32;
  readonly columns: i32;
  readonly start: i32;
  /** int8 [rows, columns] */
  readonly weights: Int8Array;
}

function addRow(a: Int8Array, b: Int8Array, count: i32, sum: Int8Array): void {
  for (let i: i32 = 0; i < count; i++) {
    sum[i] = a[i] + b[i];
  }
}

/** Rows of tables and activations are handed on, also to be written. */
export function partsOfArrays(layer: PartsOfArrays, input: Int8Array, output: Int8Array): void {
  addRow(input.subarray(layer.start), layer.weights, layer.columns, output.subarray(layer.start));
  for (let r: i32 = 1; r < layer.rows; r++) {
    const row: i32 = r * layer.columns;
    addRow(
      input.subarray(row),
      layer.weights.subarray(row + layer.start),
      layer.columns,
      output.subarray((row >> 1) * 2),
    );
  }
}
