import { buildOnnx, numbers, type OnnxSpec } from "./buildOnnx.js";

/** Two channels of 6 by 5, a convolution, a ReLU, a flatten and a dense layer, as PyTorch writes them. */
export const smallCnn: OnnxSpec = {
  inputs: { image: ["batch", 2, 6, 5] },
  outputs: ["scores"],
  constants: {
    "conv.weight": { dims: [3, 2, 3, 3], values: numbers(54, 0.4) },
    "conv.bias": { dims: [3], values: numbers(3) },
    "fc.weight": { dims: [4, 90], values: numbers(360, 0.2) },
    "fc.bias": { dims: [4], values: numbers(4) },
  },
  nodes: [
    {
      op: "Conv",
      name: "/conv/Conv",
      inputs: ["image", "conv.weight", "conv.bias"],
      outputs: ["c"],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1], group: 1 },
    },
    { op: "Relu", name: "/Relu", inputs: ["c"], outputs: ["r"] },
    { op: "Flatten", inputs: ["r"], outputs: ["f"], attributes: { axis: 1 } },
    { op: "Gemm", inputs: ["f", "fc.weight", "fc.bias"], outputs: ["scores"], attributes: { transB: 1 } },
  ],
};

export const smallCnnBytes = (): Uint8Array => buildOnnx(smallCnn);
