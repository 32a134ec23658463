import { elementCount } from "../base/tensor.js";
import type { QuantizedNearestCentroid, QuantizedSquaredDistance } from "../network/quantizedNetwork.js";
import { expectSquaresFit } from "../network/squaredSteps.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { expectSameQuantization } from "./sameQuantization.js";

/** @throws UserError where the two have other steps, or their squares may leave int32 */
export function planSquaredDistance(
  { name }: QuantizedSquaredDistance,
  { inputs: [first, second] }: LayerContext,
): KernelChoice {
  const size = elementCount(first.shape);
  expectSquaresFit(name, size);
  expectSameQuantization(name, [first], second);
  return { kernel: "squaredDistance", layer: { size }, macs: size };
}

/** @throws UserError where squares may leave int32 */
export function planNearestCentroid(
  { name, centroids }: QuantizedNearestCentroid,
  { inputs: [input] }: LayerContext,
): KernelChoice {
  const size = elementCount(input.shape);
  expectSquaresFit(name, size);
  const values = centroids.length;
  return {
    kernel: "nearestCentroid",
    layer: { size, values, centroids },
    macs: values,
    parameters: values,
  };
}
