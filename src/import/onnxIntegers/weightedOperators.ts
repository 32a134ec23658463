import { formatShape } from "../../base/tensor.js";
import type { Activation } from "../onnx/graphValues.js";
import type { NodeContext, OnnxOperator } from "../onnx/nodeContext.js";
import { productOperators } from "../onnx/productOperators.js";
import { Constant } from "../onnx/tensorData.js";
import { windowOperators } from "../onnx/windowOperators.js";
import { isScale } from "../weights.js";
import { integerBuilder, readFormat, takeIntegers } from "./formats.js";
import type { IntegerFormat } from "./integerLayer.js";

/** Where a fused node has its bias's own scale: {@link fuseQdq}. */
const biasScale = 9;

/** Where a node with weights has what. */
interface Places {
  readonly weights: number;
  readonly output: number;
  readonly bias: number;
  /** Of the output channels among the weights' axes. */
  readonly channelAxis: number;
}

/** One for each channel, or one for all. */
function perChannel(context: NodeContext, input: number, what: string, channels: number): number[] {
  const { values } = context.constant(input, what);
  context.expect(
    values.length === 1 || values.length === channels,
    `has ${values.length} values as ${what}; 1, or ${channels} are imported`,
  );
  return Array.from({ length: channels }, (_, o) => values[values.length === 1 ? 0 : o]);
}

/** Weights less their zero points, which must be int8. */
function readWeights(context: NodeContext, { weights: input, channelAxis }: Places) {
  const given = context.constant(input, "its weights");
  const { shape, values, isInteger } = given;
  context.expect(
    isInteger && shape.length >= 2 && shape.length <= 4,
    `has weights of shape ${formatShape(shape)}${isInteger ? "" : " in real numbers"}`,
  );
  const channels = shape.at(channelAxis)!;
  const scales = perChannel(context, input + 1, "its weights' scale", channels);
  const wrong = scales.find((scale) => !isScale(scale));
  context.expect(wrong === undefined, `has a weight scale of ${wrong}; scales are above 0`);
  const zeroPoints = context.has(input + 2)
    ? perChannel(context, input + 2, "its weights' zero point", channels)
    : scales.map(() => 0);
  const axis = (channelAxis + shape.length) % shape.length;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const shifted = Float32Array.from(
    values,
    (value, k) => value - zeroPoints[Math.floor(k / inner) % channels],
  );
  const outside = shifted.find((value) => !(value >= -128 && value <= 127));
  context.expect(
    outside === undefined,
    `has a weight that is ${outside} steps from its zero point; -128 to 127 are imported`,
    "quantize the weights to int8, symmetric: weight_type=QuantType.QInt8",
  );
  return { constant: new Constant(shape, shifted, false), scales };
}

/** @param scales of the products: a bias of its own scale is said to have theirs */
function readBias(context: NodeContext, input: number, scales: readonly number[]): Int32Array {
  const channels = scales.length;
  if (!context.has(input)) return new Int32Array(channels);
  if (context.has(biasScale)) {
    const given = perChannel(context, biasScale, "its bias's scale", channels);
    const wrong = given.findIndex((scale, o) => scale !== scales[o]);
    context.expect(
      wrong < 0,
      `has biases of scale ${given[wrong]} in channel ${wrong}; input scale · weight scale = ${scales[wrong]} is expected`,
      "quantize the model with onnxruntime.quantization.quantize_static",
    );
    const isZero =
      !context.has(biasScale + 1) || context.constant(biasScale + 1, "").values.every((z) => z === 0);
    context.expect(isZero, "has biases with a zero point; 0 is expected");
  }
  const { values, isInteger } = context.constant(input, "its bias");
  const isRight = isInteger && values.length === channels && values.every((v) => (v | 0) === v);
  context.expect(isRight, `has ${values.length} biases for ${channels} channels; int32 ones are expected`);
  return Int32Array.from(values);
}

/**
 * A layer with weights: the layer that the float operator makes of whole numbers, and what is said of it beside them.
 *
 * Source: ONNX operators, QLinearConv, QLinearMatMul; onnxruntime, docs/ContribOperators.md, QGemm.
 */
function weighted(context: NodeContext, float: OnnxOperator, places: Places): Activation {
  const builder = integerBuilder(context);
  const value = takeIntegers(context);
  const { constant, scales } = readWeights(context, places);
  const given = builder.formatOf(value.number)!;
  const products = scales.map((scale) => Math.fround(given.quantization.scale * scale));
  const bias = readBias(context, places.bias, products);
  const format = readFormat(context, places.output);
  expectSameType(context, given, format);
  const before = builder.layers.length;
  const { node } = context;
  const attributes = new Map([...node.attributes].filter(([name]) => name !== "alpha"));
  const inner = context.of({ ...node, attributes }, [value, constant]);
  const [result] = float.apply!(inner) as [Activation];
  const made = builder.layers.findLastIndex((layer, k) => k >= before && "weights" in layer) + 1;
  builder.describe(made, { weightScales: scales, bias }, format);
  return result;
}

/** onnxruntime computes others in float32. */
function expectSameType(context: NodeContext, from: IntegerFormat, to: IntegerFormat): void {
  const type = ({ isUnsigned }: IntegerFormat) => (isUnsigned ? "uint8" : "int8");
  context.expect(
    from.isUnsigned === to.isUnsigned,
    `takes ${type(from)} and gives ${type(to)}; one type for both is imported`,
    "quantize the model again, with one activation type",
  );
}

const conv: Places = { weights: 3, output: 6, bias: 8, channelAxis: 0 };
const matMul: Places = { weights: 3, output: 6, bias: 8, channelAxis: -1 };
const gemm: Places = { weights: 3, output: 7, bias: 6, channelAxis: -1 };

export const weightedOperators: Readonly<Record<string, OnnxOperator>> = {
  QLinearConv: {
    attributes: windowOperators.Conv.attributes,
    apply: (context) => [weighted(context, windowOperators.Conv, conv)],
  },
  QLinearMatMul: {
    attributes: [],
    apply: (context) => [weighted(context, productOperators.MatMul, matMul)],
  },
  "com.microsoft.QGemm": {
    attributes: ["alpha", "beta", "transA", "transB"],
    apply: (context) => {
      const [alpha, beta] = [context.float("alpha", 1), context.float("beta", 1)];
      context.expect(alpha === 1 && beta === 1, `has alpha ${alpha} and beta ${beta}; 1 is imported`);
      context.expect(context.has(7), "gives real values", "quantize its output too");
      const channelAxis = context.integer("transB", 0) === 1 ? 0 : -1;
      return [weighted(context, productOperators.Gemm, { ...gemm, channelAxis })];
    },
  },
};
