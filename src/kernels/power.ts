import { countLeadingZeros, type i32, shiftLeft, shiftRight } from "./int.js";
import { log2 } from "./logarithm.js";

// Powers in two words, powers[at] · 2^30 + powers[at + 1], the second of 0..2^30 − 1.

/** Adds value² to a power; |value| ≤ 2^30 + 2^14, and the sum stays below 2^61. */
export function addSquare(powers: Int32Array, at: i32, value: i32): void {
  const size: i32 = value < 0 ? 0 - value : value;
  const upper: i32 = size >> 15;
  const lower: i32 = size & 32767;
  const middle: i32 = upper * lower;
  let low: i32 = powers[at + 1] + shiftLeft(middle & 16383, 16);
  let high: i32 = powers[at] + upper * upper + (middle >> 14) + (low >> 30);
  low = (low & 1073741823) + lower * lower;
  high += low >> 30;
  powers[at] = high;
  powers[at + 1] = low & 1073741823;
}

/** Adds a power to another. */
export function addPower(powers: Int32Array, to: i32, from: i32): void {
  const low: i32 = powers[to + 1] + powers[from + 1];
  powers[to] = powers[to] + powers[from] + (low >> 30);
  powers[to + 1] = low & 1073741823;
}

/** log2 of a power in Q16, which is not 0; by log2's table. */
export function logarithmOfPower(powers: Int32Array, at: i32, table: Int16Array): i32 {
  const high: i32 = powers[at];
  if (high === 0) {
    return log2(powers[at + 1], table);
  }
  const bits: i32 = 32 - countLeadingZeros(high);
  const leading: i32 = shiftLeft(high, 31 - bits) + shiftRight(powers[at + 1], bits - 1);
  return log2(leading, table) + shiftLeft(bits - 1, 16);
}
