import { Random } from "../../src/base/random.js";
import type { Model } from "../../src/model/modelFile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { buildNetwork } from "../../src/train/network/network.js";

export const quantized: QuantizedNetwork = {
  name: "small",
  tensors: [
    {
      elementType: "int8",
      name: "input",
      shape: [3],
      quantization: { scale: Math.fround(1 / 255), zeroPoint: -128 },
    },
    {
      elementType: "int8",
      name: "scores",
      shape: [2],
      quantization: { scale: Math.fround(0.1), zeroPoint: 127 },
    },
    { elementType: "int8", name: "output", shape: [2], quantization: { scale: 1 / 256, zeroPoint: -128 } },
  ],
  inputs: [{ tensor: 0, name: "input", border: "float32", labels: ["left", "middle", "right"] }],
  outputs: [{ tensor: 2, name: "output", border: "float32", labels: ["off", "on"] }],
  states: [],
  layers: [
    {
      kind: "fullyConnected",
      name: "dense_1",
      inputs: [0],
      output: 1,
      weights: Int8Array.of(1, -127, 3, 0, 127, -6),
      weightScales: [Math.fround(0.01), Math.fround(0.3)],
      bias: Int32Array.of(2 ** 31 - 1, -(2 ** 31)),
      activationMin: -128,
      activationMax: 127,
    },
    { kind: "softmax", name: "softmax_1", inputs: [1], output: 2, beta: 1 },
  ],
};

/** A model of three inputs and two classes, with all that a model may have. */
export function createModel(dtype: "float32" | "float64" = "float32"): Model {
  const network = buildNetwork("small", [3], [dense(2), relu(), softmax()], new Random(1), dtype);
  const classNames = ["off", "on"];
  return {
    network,
    quantized,
    classNames,
    training: { seed: 1, metrics: { accuracy: 0.975 }, sizes: [60000, 10000] },
  };
}
