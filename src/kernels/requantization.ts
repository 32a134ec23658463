import type { i32 } from "./int.js";

/** A change of scale and of element type, value by value. */
export interface Requantization {
  readonly size: i32;
  readonly inputZeroPoint: i32;
  readonly leftShift: i32;
  readonly multiplier: i32;
  readonly rightShift: i32;
  readonly outputZeroPoint: i32;
}
