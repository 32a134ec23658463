import type { i32 } from "./int.js";

export interface Pad {
  readonly outputSize: i32;
  /** The input's values as [planes, rows, width], of which each may have values around it. */
  readonly planes: i32;
  readonly rows: i32;
  readonly width: i32;
  /** Where the input's first value goes, and how far apart its planes and rows lie in the output. */
  readonly start: i32;
  readonly planeStride: i32;
  readonly rowStride: i32;
  readonly value: i32;
}

/**
 * The input within values of one kind.
 *
 *   input   int8 [planes, rows, width]
 *   output  int8 [outputSize]
 *
 * Source: TFLM reference_ops::Pad.
 */
export function pad(layer: Pad, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.outputSize; i++) {
    output[i] = layer.value;
  }
  for (let p: i32 = 0; p < layer.planes; p++) {
    for (let r: i32 = 0; r < layer.rows; r++) {
      for (let i: i32 = 0; i < layer.width; i++) {
        output[layer.start + p * layer.planeStride + r * layer.rowStride + i] =
          input[(p * layer.rows + r) * layer.width + i];
      }
    }
  }
}
