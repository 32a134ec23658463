import { clamp, type i32 } from "./int.js";

export interface HelperFunction {
  readonly size: i32;
  readonly isSquared: i32;
  /** int8 [size] */
  readonly weights: Int8Array;
}

/** x · x, which fits where |x| ≤ 46340. */
function square(x: i32): i32 {
  return x * x;
}

/** Σ a[i] · b[i]. */
function dot(a: Int8Array, b: Int8Array, count: i32): i32 {
  let sum: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

/** Larger of the two, and never below 0. */
function atLeast(x: i32, floor: i32): i32 {
  if (x < floor) {
    return floor;
  } else {
    return x;
  }
}

function fill(array: Int8Array, count: i32, value: i32): void {
  for (let i: i32 = 0; i < count; i++) {
    array[i] = value;
  }
}

/** Writes through another function: its array is not const either. */
function fillAll(array: Int8Array, count: i32, value: i32): void {
  if (count === 0) {
    return;
  }
  fill(array, count, value);
}

/** Helpers read tables and activations, write activations and call each other. */
export function helperFunction(layer: HelperFunction, input: Int8Array, output: Int8Array): void {
  let total: i32 = dot(input, layer.weights, layer.size);
  if (layer.isSquared === 1) {
    total = square(total >> 8);
  }
  fillAll(output, layer.size, clamp(atLeast(total >> 4, 0), -128, 127));
}
