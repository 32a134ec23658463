import type { i32 } from "./int.js";

/**
 * A function of an int16 value: between two of 513 of its results, as the value lies between their places.
 *
 *   table  int16 [513], for the values −32768, −32640, … 32768
 *
 * Source: TFLM kernels/internal/common.h LUTLookup for int16.
 */
export function lookupBetween(table: Int16Array, value: i32): i32 {
  const place: i32 = 256 + (value >> 7);
  const low: i32 = table[place];
  return low + (((table[place + 1] - low) * (value & 127) + 64) >> 7);
}
