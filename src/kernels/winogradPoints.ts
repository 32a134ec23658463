import type { i32 } from "./int.js";
import { addPairs, subtractPairs } from "./simd.js";

/** Six columns of two channels at the six points, `apart` words from one to the next. */
export function transformColumns(
  points: Int32Array,
  at: i32,
  apart: i32,
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
  x4: i32,
  x5: i32,
): void {
  const even: i32 = subtractPairs(x4, x2);
  const odd: i32 = subtractPairs(x3, x1);
  const twice: i32 = addPairs(odd, odd);
  points[at + 3 * apart] = addPairs(even, twice);
  points[at + 4 * apart] = subtractPairs(even, twice);
  const twice1: i32 = addPairs(x1, x1);
  const far: i32 = subtractPairs(x3, addPairs(twice1, twice1));
  const twice2: i32 = addPairs(x2, x2);
  const four2: i32 = addPairs(twice2, twice2);
  const near: i32 = subtractPairs(x4, four2);
  points[at + apart] = addPairs(near, far);
  points[at + 2 * apart] = subtractPairs(near, far);
  const twice0: i32 = addPairs(x0, x0);
  points[at] = addPairs(subtractPairs(addPairs(twice0, twice0), four2), even);
  points[at + 5 * apart] = subtractPairs(subtractPairs(x5, x3), addPairs(twice, twice));
}

/** Three weights of two channels at the six points, `apart` words from one to the next. */
export function transformWeights(points: Int32Array, at: i32, apart: i32, w0: i32, w1: i32, w2: i32): void {
  const outer: i32 = addPairs(w0, w2);
  points[at + apart] = addPairs(outer, w1);
  points[at + 2 * apart] = subtractPairs(outer, w1);
  points[at] = w0;
  const twice1: i32 = addPairs(w1, w1);
  const twice2: i32 = addPairs(w2, w2);
  const far: i32 = addPairs(w0, addPairs(twice2, twice2));
  points[at + 3 * apart] = addPairs(far, twice1);
  points[at + 4 * apart] = subtractPairs(far, twice1);
  points[at + 5 * apart] = w2;
}
