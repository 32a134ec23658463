import type { LayerBase } from "./quantizedStateLayers.js";

/**
 * output = Σ (first − second)² over two inputs of one scale s and zero point and of n values, in squared steps, so that no
 * bit is lost: with the output's scale s² / n the mean squared difference of the real values.
 */
export interface QuantizedSquaredDistance extends LayerBase {
  readonly kind: "squaredDistance";
}

/** output = the least of Σ (input − centroid)² over all centroids, in squared steps of the input. */
export interface QuantizedNearestCentroid extends LayerBase {
  readonly kind: "nearestCentroid";
  readonly clusters: number;
  /** int8 [clusters, values], in the input's scale and zero point. */
  readonly centroids: Int8Array;
}
