import type { Concatenate3 } from "./concatenate3.js";
import { copyRows } from "./copyRows.js";
import type { i32 } from "./int.js";

export interface Concatenate4 extends Concatenate3 {
  readonly width4: i32;
}

/**
 * Four inputs behind each other along one axis.
 *
 *   inputs  int8 [rows, width1], [rows, width2], …
 *   output  int8 [rows, outputWidth]
 *
 * Source: TFLM reference_ops::Concatenation.
 */
export function concatenate4(
  layer: Concatenate4,
  input1: Int8Array,
  input2: Int8Array,
  input3: Int8Array,
  input4: Int8Array,
  output: Int8Array,
): void {
  copyRows(layer.rows, layer.width1, layer.outputWidth, 0, input1, output);
  copyRows(layer.rows, layer.width2, layer.outputWidth, layer.width1, input2, output);
  copyRows(layer.rows, layer.width3, layer.outputWidth, layer.width1 + layer.width2, input3, output);
  copyRows(
    layer.rows,
    layer.width4,
    layer.outputWidth,
    layer.width1 + layer.width2 + layer.width3,
    input4,
    output,
  );
}
