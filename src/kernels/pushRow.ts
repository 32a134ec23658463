import type { i32 } from "./int.js";

export interface PushRow {
  /** That the ring keeps. */
  readonly rows: i32;
  readonly rowBytes: i32;
  /** Rows from one time that the ring counts as whole to the next. */
  readonly hop: i32;
}

/**
 * Puts a row into a ring, in the place of the oldest one.
 *
 *   row    int8 [rowBytes]
 *   state  int16 [2]: where the next row goes, and how many are missing until the ring counts as whole, 0 when it does;
 *          {0, rows} at first
 *   ring   int8 [rows, rowBytes]
 *
 * It is whole when it is full for the first time, and every `hop` rows from then on.
 */
export function pushRow(layer: PushRow, row: Int8Array, state: Int16Array, ring: Int8Array): void {
  const next: i32 = state[0];
  for (let i: i32 = 0; i < layer.rowBytes; i++) {
    ring[next * layer.rowBytes + i] = row[i];
  }
  state[0] = next + 1 < layer.rows ? next + 1 : 0;
  state[1] = (state[1] > 0 ? state[1] : layer.hop) - 1;
}
