import type { QuantizedResize } from "../network/quantizedNetwork.js";

/** Between which two places of an axis a place of the output lies: low + (high − low) · fraction / 2^10. */
export interface ResizePlace {
  readonly low: number;
  readonly high: number;
  readonly fraction: number;
}

/** Source: TFLM reference/resize_nearest_neighbor.h GetNearestNeighbor, in single precision. */
function nearestPlace(
  place: number,
  { alignCorners, halfPixelCenters }: QuantizedResize,
  from: number,
  to: number,
): number {
  const isAligned = alignCorners && to > 1;
  const scale = isAligned ? Math.fround((from - 1) / (to - 1)) : Math.fround(from / to);
  const scaled = Math.fround(Math.fround(place + (halfPixelCenters ? 0.5 : 0)) * scale);
  return Math.min(alignCorners ? Math.floor(scaled + 0.5) : Math.floor(scaled), from - 1);
}

/**
 * For each place of an axis of the output.
 *
 * Source: TFLM reference/resize_bilinear.h ResizeBilinearInteger.
 */
export function resizePlaces(layer: QuantizedResize, from: number, to: number): ResizePlace[] {
  const { method, alignCorners, halfPixelCenters } = layer;
  const [gaps, steps] = alignCorners && to > 1 ? [from - 1, to - 1] : [from, to];
  const scale = Math.trunc((1024 * gaps + Math.trunc(steps / 2)) / steps);
  return Array.from({ length: to }, (_, place): ResizePlace => {
    if (method === "nearest") {
      const low = nearestPlace(place, layer, from, to);
      return { low, high: low, fraction: 0 };
    }
    const scaled = place * scale + (halfPixelCenters ? Math.trunc(scale / 2) - 512 : 0);
    const low = Math.max(Math.trunc(scaled / 1024), 0);
    const high = Math.min(Math.trunc((scaled + 1023) / 1024), from - 1);
    return { low, high, fraction: scaled - 1024 * low };
  });
}
