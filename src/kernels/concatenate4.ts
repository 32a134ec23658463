import type { i32 } from "./int.js";

export interface Concatenate4 {
  /** Pieces of each input: the product of the axes in front of the joined one. */
  readonly rows: i32;
  /** Values of one piece of each input: the product of its joined axis and those behind. */
  readonly width1: i32;
  readonly width2: i32;
  readonly width3: i32;
  readonly width4: i32;
  /** Their sum. */
  readonly outputWidth: i32;
}

/** output[r · outputWidth + start + i] = input[r · width + i] */
function copyRows(
  rows: i32,
  width: i32,
  outputWidth: i32,
  start: i32,
  input: Int8Array,
  output: Int8Array,
): void {
  for (let r: i32 = 0; r < rows; r++) {
    for (let i: i32 = 0; i < width; i++) {
      output[r * outputWidth + start + i] = input[r * width + i];
    }
  }
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
