import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { ports } from "./ports.js";

const steps = { scale: 0.25, zeroPoint: -7 };

/** int8 [6] → int32 [1]: how far the input is from what a table makes of it. */
export function squaredDistanceNetwork(table: Int8Array): QuantizedNetwork {
  return {
    name: "reconstruction",
    tensors: [
      { name: "input", shape: [6], elementType: "int8", quantization: steps },
      { name: "again", shape: [6], elementType: "int8", quantization: steps },
      {
        ...{ name: "output", shape: [1], elementType: "int32" },
        quantization: { scale: Math.fround(0.0625 / 6), zeroPoint: 0 },
      },
    ],
    ...ports(0, 2),
    layers: [
      { kind: "lookup", name: "decoder", activation: "again", inputs: [0], output: 1, table },
      { kind: "squaredDistance", name: "error", inputs: [1, 0], output: 2 },
    ],
  };
}

/** int8 [3] → int32 [1]: how far the input is from the nearest of centroids [clusters, 3]. */
export function nearestCentroidNetwork(...centroids: readonly number[]): QuantizedNetwork {
  return {
    name: "clusters",
    tensors: [
      { name: "input", shape: [3], elementType: "int8", quantization: steps },
      {
        ...{ name: "output", shape: [1], elementType: "int32" },
        quantization: { scale: 0.0625, zeroPoint: 0 },
      },
    ],
    ...ports(0, 1),
    layers: [
      {
        ...{ kind: "nearestCentroid", name: "distance", inputs: [0], output: 1 },
        ...{ clusters: centroids.length / 3, centroids: Int8Array.from(centroids) },
      },
    ],
  };
}
