import type { i32 } from "./int.js";

export interface SquaredDistance {
  readonly size: i32;
}

/**
 * output = Σ (first[i] − second[i])²: how far two activations of one scale and zero point are apart, in squared steps.
 *
 *   first, second  int8 [size]
 *   output         int32 [1]
 *
 * A square is at most 255², and the planner refuses sizes of which the sum could leave int32.
 */
export function squaredDistance(
  layer: SquaredDistance,
  first: Int8Array,
  second: Int8Array,
  output: Int32Array,
): void {
  let sum: i32 = 0;
  for (let i: i32 = 0; i < layer.size; i++) {
    const difference: i32 = first[i] - second[i];
    sum += difference * difference;
  }
  output[0] = sum;
}
