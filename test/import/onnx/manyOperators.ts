import { elementType } from "../../../src/import/onnx/onnxSchema.js";
import { type NodeSpec, numbers, type OnnxSpec, type TensorSpec } from "./buildOnnx.js";

const integers = (...values: number[]): TensorSpec => ({
  dims: [values.length],
  values,
  type: elementType.int64,
});
const floats = (dims: readonly number[], factor = 0.5): TensorSpec => ({
  dims,
  values: numbers(
    dims.reduce((product, size) => product * size, 1),
    factor,
  ),
});
const node = (
  op: string,
  inputs: string,
  outputs: string,
  attributes: NodeSpec["attributes"] = {},
): NodeSpec => ({
  op,
  inputs: inputs.split(" "),
  outputs: outputs.split(" "),
  attributes,
});

/** Operators of every list, and shapes that are computed as PyTorch computes them, on [batch, 2, 6, 8]. */
export const manyOperators: OnnxSpec = {
  inputs: { x: ["batch", 2, 6, 8] },
  outputs: ["y"],
  functions: [
    {
      name: "swish",
      domain: "own",
      inputs: ["v"],
      outputs: ["w"],
      nodes: [node("Sigmoid", "v", "s"), node("Mul", "v s", "w")],
    },
  ],
  constants: {
    mean: floats([1, 2, 1, 1]),
    w1: floats([4, 2, 3, 3]),
    b1: floats([4]),
    gamma: floats([4]),
    beta: floats([4]),
    average: floats([4]),
    variance: { dims: [4], values: [1, 2, 0.5, 1] },
    w2: floats([4, 1, 3, 3]),
    w3: floats([4, 3, 2, 2]),
    zero: integers(0),
    one: integers(1),
    two: integers(2),
    minus: integers(-1),
    forty: integers(40),
    pads: integers(0, 0, 1, 0, 0, 0, 0, 1),
    six: { dims: [], values: [6] },
    scales: { dims: [4], values: [1, 1, 2, 2] },
    w4: floats([40, 5], 0.2),
    b4: floats([5]),
    slope: floats([5]),
    w5: floats([3, 5]),
  },
  nodes: [
    node("Sub", "x mean", "x0"),
    node("Conv", "x0 w1 b1", "c1", { kernel_shape: [3, 3], auto_pad: "SAME_UPPER", strides: [1, 1] }),
    node("BatchNormalization", "c1 gamma beta average variance", "n1", { epsilon: { float: 1e-5 } }),
    node("Clip", "n1  six", "r1"),
    node("Conv", "r1 w2", "c2", { group: 4, pads: [1, 1, 1, 1] }),
    { ...node("swish", "c2", "s2"), domain: "own" },
    node("Add", "s2 r1", "a2"),
    node("GlobalAveragePool", "a2", "g2"),
    node("HardSigmoid", "g2", "h2", { alpha: { float: 1 / 6 } }),
    node("Mul", "a2 h2", "m2"),
    node("MaxPool", "m2", "p2", { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }),
    node("Pad", "p2 pads", "q2"),
    node("ConvTranspose", "q2 w3", "t3", { strides: [2, 2], pads: [1, 1, 1, 1] }),
    node("Resize", "p2  scales", "u3", {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    }),
    node("Slice", "u3 zero two one", "u4"),
    node("AveragePool", "u4", "v4", {
      kernel_shape: [2, 2],
      strides: [2, 2],
      pads: [0, 0, 1, 1],
      count_include_pad: 1,
    }),
    node("ReduceMax", "t3", "z3", { axes: [2], keepdims: 0 }),
    node("Transpose", "z3", "z4", { perm: [0, 2, 1] }),
    node("Softmax", "z4", "z5", { axis: 2 }),
    node("Flatten", "z5", "f1"),
    node("Shape", "v4", "shape"),
    node("Gather", "shape zero", "batch"),
    node("Concat", "batch minus", "target", { axis: 0 }),
    node("Reshape", "v4 target", "f2"),
    node("Concat", "f1 f2", "f3", { axis: 1 }),
    node("Slice", "f3 zero forty one", "f4"),
    node("MatMul", "f4 w4", "d1"),
    node("Add", "d1 b4", "d2"),
    node("PRelu", "d2 slope", "d3"),
    node("Erf", "d3", "d4"),
    node("Gemm", "d4 w5", "y", { transB: 1 }),
  ],
};
