import type { i32 } from "./int.js";

export interface StridedCopy {
  /** Where the input's first value lies that is taken. */
  readonly start: i32;
  /** Values along each axis of the output, and how far apart they lie in the input: 0 repeats, below 0 goes back. */
  readonly size1: i32;
  readonly size2: i32;
  readonly size3: i32;
  readonly size4: i32;
  readonly size5: i32;
  readonly stride1: i32;
  readonly stride2: i32;
  readonly stride3: i32;
  readonly stride4: i32;
  readonly stride5: i32;
}

/**
 * Some of the input's values in another order: transposed, cut out, reversed, repeated.
 *
 *   input   int8
 *   output  int8 [size1, size2, size3, size4, size5]
 */
export function stridedCopy(layer: StridedCopy, input: Int8Array, output: Int8Array): void {
  let to: i32 = 0;
  for (let a: i32 = 0; a < layer.size1; a++) {
    for (let b: i32 = 0; b < layer.size2; b++) {
      for (let c: i32 = 0; c < layer.size3; c++) {
        for (let d: i32 = 0; d < layer.size4; d++) {
          const from: i32 =
            layer.start + a * layer.stride1 + b * layer.stride2 + c * layer.stride3 + d * layer.stride4;
          for (let e: i32 = 0; e < layer.size5; e++) {
            output[to + e] = input[from + e * layer.stride5];
          }
          to += layer.size5;
        }
      }
    }
  }
}
