import { clamp, type i32 } from "./int.js";

export interface LoopBounds {
  readonly rows: i32;
  readonly columns: i32;
  /** int8 [rows, columns] */
  readonly weights: Int8Array;
}

/** Sums of products, row by row. */
export function loopBounds(layer: LoopBounds, input: Int8Array, output: Int8Array): void {
  for (let row: i32 = 0; row < layer.rows; row++) {
    let sum: i32 = 0;
    for (let column: i32 = 1; column <= layer.columns - 1; column += 2) {
      sum += layer.weights[row * layer.columns + column] * input[column];
    }
    output[row] = clamp(sum, -128, 127);
  }
}
