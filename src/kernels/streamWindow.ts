import type { i32 } from "./int.js";

export interface StreamWindow {
  /** Values of the rows that stay. */
  readonly kept: i32;
  /** Values of the new rows. */
  readonly added: i32;
}

/**
 * The newest rows of a signal: those that stay move to the front, the new ones follow.
 *
 *   input   int8 [added]
 *   before  int8 [kept + added], the same memory as the output: each value is read before another takes its place
 *   output  int8 [kept + added]
 */
export function streamWindow(
  layer: StreamWindow,
  input: Int8Array,
  before: Int8Array,
  output: Int8Array,
): void {
  for (let i: i32 = 0; i < layer.kept; i++) {
    output[i] = before[layer.added + i];
  }
  for (let i: i32 = 0; i < layer.added; i++) {
    output[layer.kept + i] = input[i];
  }
}
