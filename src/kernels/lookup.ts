import type { i32 } from "./int.js";

export interface Lookup {
  readonly size: i32;
  /** int8 [256]: the output for each input from −128 to 127. */
  readonly table: Int8Array;
}

/**
 * output[i] = table[input[i] + 128]: any function of one value, such as a sigmoid.
 *
 *   input   int8 [size]
 *   output  int8 [size]
 */
export function lookup(layer: Lookup, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    output[i] = layer.table[input[i] + 128];
  }
}
