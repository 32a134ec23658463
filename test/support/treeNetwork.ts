import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { ports } from "./ports.js";

/**
 * Two trees over two features that vote for three classes.
 *
 *   tree 0: x0 ≤ 10 ? leaf 0 : (x1 ≤ −5 ? leaf 1 : leaf 2)
 *   tree 1: x1 ≤ 0 ? leaf 3 : leaf 0
 *
 * @param leaves [4, 3]
 */
export function treeNetwork(
  leaves: readonly number[],
  { base = [0, 0, 0], factor = 0.5, isRanked = false } = {},
): QuantizedNetwork {
  return {
    name: "forest",
    tensors: [
      {
        ...{ name: "input", shape: [2], elementType: "int16" },
        quantization: [
          { scale: 1, zeroPoint: 0 },
          { scale: 0.5, zeroPoint: 100 },
        ],
      },
      { name: "output", shape: [3], elementType: "int8", quantization: { scale: 0.5, zeroPoint: 0 } },
    ],
    ...ports(0, 1),
    layers: [
      {
        ...{ kind: "treeEnsemble", name: "trees", inputs: [0], output: 1 },
        nodes: Int32Array.of(0, 10, -1, 1, 1, -5, -2, -3, 1, 0, -4, -1),
        roots: Int32Array.of(0, 2),
        leaves: Int32Array.from(leaves),
        base: Int32Array.from(base),
        ...{ factor, isRanked },
      },
    ],
  };
}
