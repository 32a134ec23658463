import { elementCount } from "../base/tensor.js";
import type { QuantizedNearestCentroid, QuantizedSquaredDistance } from "../network/quantizedNetwork.js";
import { mostSquares } from "../network/squaredSteps.js";
import type { QuantizedLayerFormat, QuantizedLayerSource } from "./quantizedLayerFormat.js";
import { expectSameQuantization } from "./shapeLayerFormats.js";

/** Clusters that a file may name. */
const mostClusters = 2 ** 16;

export const squaredDistanceFormat: QuantizedLayerFormat<QuantizedSquaredDistance> = {
  arity: 2,
  write: () => ({}),
  read(source) {
    const { fields, inputs } = source;
    const [first, second] = inputs;
    if (elementCount(first.shape) !== elementCount(second.shape)) {
      fields.fail("inputs", "two tensors of as many values");
    }
    expectSameQuantization(fields, [first], second);
    expectOneSum(source);
    return {};
  },
};

export const nearestCentroidFormat: QuantizedLayerFormat<QuantizedNearestCentroid> = {
  arity: 1,
  write({ clusters, centroids }, put) {
    put("centroids", [clusters, centroids.length / clusters], centroids);
    return { clusters };
  },
  read(source) {
    const { fields, inputs, int8 } = source;
    expectOneSum(source);
    const clusters = fields.integer("clusters", 1, mostClusters);
    return { clusters, centroids: int8("centroids", [clusters, elementCount(inputs[0].shape)]) };
  },
};

function expectOneSum({ fields, inputs, output }: QuantizedLayerSource): void {
  if (elementCount(output.shape) !== 1) fields.fail("output", "a tensor of one value");
  if (elementCount(inputs[0].shape) > mostSquares) fields.fail("inputs", `up to ${mostSquares} values`);
}
