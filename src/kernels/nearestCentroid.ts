import type { i32 } from "./int.js";

export interface NearestCentroid {
  readonly size: i32;
  /** clusters · size */
  readonly values: i32;
  /** int8 [clusters, size], in the input's scale and zero point. */
  readonly centroids: Int8Array;
}

/**
 * output = the least over all centroids of Σ (input[i] − centroid[i])²: how far the input is from the nearest one, in
 * squared steps.
 *
 *   input   int8 [size]
 *   output  int32 [1]
 *
 * A square is at most 255², and the planner refuses sizes of which the sum could leave int32.
 */
export function nearestCentroid(layer: NearestCentroid, input: Int8Array, output: Int32Array): void {
  let nearest: i32 = 2147483647;
  for (let start: i32 = 0; start < layer.values; start += layer.size) {
    let sum: i32 = 0;
    for (let i: i32 = 0; i < layer.size; i++) {
      const difference: i32 = input[i] - layer.centroids[start + i];
      sum += difference * difference;
    }
    if (sum < nearest) {
      nearest = sum;
    }
  }
  output[0] = nearest;
}
