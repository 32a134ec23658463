import { type i32, roundingDivide } from "./int.js";

export interface AverageRows {
  /** At most 2^23, so that sums fit int32. */
  readonly rows: i32;
  readonly size: i32;
}

/**
 * output[i] = Σ rows[r, i] / rows, to nearest, ties away from zero.
 *
 *   input   int8 [rows, size]
 *   output  int8 [size]
 */
export function averageRows(layer: AverageRows, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    let sum: i32 = 0;
    for (let r: i32 = 0; r < layer.rows; r++) {
      sum += input[r * layer.size + i];
    }
    output[i] = roundingDivide(sum, layer.rows);
  }
}
