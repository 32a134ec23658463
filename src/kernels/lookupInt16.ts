import type { i32 } from "./int.js";
import { lookupBetween } from "./lookupBetween.js";

export interface LookupInt16 {
  readonly size: i32;
  /** int16 [513]: the output for the inputs −32768, −32640, … 32768. */
  readonly table: Int16Array;
}

/**
 * A function of one value, such as a sigmoid, between two of its results.
 *
 *   input   int16 [size]
 *   output  int16 [size]
 */
export function lookupInt16(layer: LookupInt16, input: Int16Array, output: Int16Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    output[i] = lookupBetween(layer.table, input[i]);
  }
}
