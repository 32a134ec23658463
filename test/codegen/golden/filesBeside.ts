import type { i32 } from "./int.js";
import { addRow, type Rows } from "./rows.js";

export interface FilesBeside extends Rows {
  readonly columns: i32;
  /** int8 [columns] */
  readonly weights: Int8Array;
}

/** Its own fields stand before those of the interface that it extends; a helper brings its own helpers. */
export function filesBeside(layer: FilesBeside, input: Int8Array, output: Int8Array): void {
  for (let r: i32 = 0; r < layer.rows; r++) {
    const from: i32 = r * layer.columns;
    addRow(input.subarray(from), layer.weights, layer.bias[r], layer.columns, output.subarray(from));
  }
}
