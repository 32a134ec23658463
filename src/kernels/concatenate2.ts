import { copyRows } from "./copyRows.js";
import type { i32 } from "./int.js";

export interface Concatenate2 {
  /** Pieces of each input: the product of the axes in front of the joined one. */
  readonly rows: i32;
  /** Values of one piece of each input: the product of its joined axis and those behind. */
  readonly width1: i32;
  readonly width2: i32;
  /** The sum of all inputs' widths. */
  readonly outputWidth: i32;
}

/**
 * Two inputs behind each other along one axis.
 *
 *   inputs  int8 [rows, width1], [rows, width2]
 *   output  int8 [rows, outputWidth]
 *
 * Source: TFLM reference_ops::Concatenation.
 */
export function concatenate2(
  layer: Concatenate2,
  input1: Int8Array,
  input2: Int8Array,
  output: Int8Array,
): void {
  copyRows(layer.rows, layer.width1, layer.outputWidth, 0, input1, output);
  copyRows(layer.rows, layer.width2, layer.outputWidth, layer.width1, input2, output);
}
