import type { i32 } from "./int.js";

export interface ReadRows {
  /** That the ring keeps. */
  readonly rows: i32;
  readonly rowBytes: i32;
}

/**
 * All rows of a ring, the oldest first.
 *
 *   ring    int8 [rows, rowBytes]
 *   state   int16 [2]: the first is where the oldest row is; see pushRow.ts
 *   output  int8 [rows, rowBytes]
 */
export function readRows(layer: ReadRows, ring: Int8Array, state: Int16Array, output: Int8Array): void {
  const oldest: i32 = state[0] * layer.rowBytes;
  const bytes: i32 = layer.rows * layer.rowBytes;
  for (let i: i32 = oldest; i < bytes; i++) {
    output[i - oldest] = ring[i];
  }
  for (let i: i32 = 0; i < oldest; i++) {
    output[bytes - oldest + i] = ring[i];
  }
}
