import { countLeadingZeros, type i32, shiftLeft, shiftRight } from "./int.js";

/**
 * log2 of a number, 16 bits behind the point, by a table of 128 steps and lines between them.
 *
 *   x      1..2^31 − 1
 *   table  int16 [129]: 2^16 · (log2(1 + i / 128) − i / 128)
 *
 * Source: microfrontend/lib/log_scale.c Log2FractionPart.
 */
export function log2(x: i32, table: Int16Array): i32 {
  const whole: i32 = 31 - countLeadingZeros(x);
  const beyond: i32 = x - shiftLeft(1, whole);
  const fraction: i32 = whole < 16 ? shiftLeft(beyond, 16 - whole) : shiftRight(beyond, whole - 16);
  const step: i32 = fraction >> 9;
  const line: i32 = ((table[step + 1] - table[step]) * (fraction & 511)) >> 16;
  return shiftLeft(whole, 16) + fraction + table[step] + line;
}
