import { formatShape } from "../../base/tensor.js";
import { Activation } from "../onnx/graphValues.js";
import type { NodeContext, OnnxOperator } from "../onnx/nodeContext.js";
import { shapeOperators } from "../onnx/shapeOperators.js";
import { Constant } from "../onnx/tensorData.js";
import { asImage, windowOperators } from "../onnx/windowOperators.js";
import { integerBuilder, readFormat, takeIntegers } from "./formats.js";
import type { IntegerFormat } from "./integerLayer.js";
import { provenTable, tableOf } from "./integerTables.js";

function quantizeLinear(context: NodeContext): Activation {
  const format = readFormat(context, 1);
  const { number, layout, batch } = context.computed();
  return new Activation(integerBuilder(context).quantize(number, format), layout, batch);
}

function dequantizeLinear(context: NodeContext): Activation {
  const { number, layout, batch } = takeIntegers(context);
  const builder = integerBuilder(context);
  return new Activation(builder.putReal("dequantize", builder.shapeOf(number), number), layout, batch);
}

/** Constants that a graph dequantizes. */
function dequantizeConstant(context: NodeContext): Constant {
  const { shape, values } = context.constant(0, "data");
  const scales = context.constant(1, "its scale").values;
  const zeroPoints = context.has(2) ? context.constant(2, "its zero point").values : undefined;
  const axis = scales.length === 1 ? 0 : context.axis(context.integer("axis", 1), shape.length);
  const isRight = scales.length === 1 || scales.length === shape[axis];
  context.expect(isRight, `has ${scales.length} scales for ${formatShape(shape)}`);
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const real = Float32Array.from(values, (value, k) => {
    const at = scales.length === 1 ? 0 : Math.floor(k / inner) % scales.length;
    return Math.fround((value - (zeroPoints?.[zeroPoints.length === 1 ? 0 : at] ?? 0)) * scales[at]);
  });
  return new Constant(shape, real, false);
}

/** A function of one value. */
function table(
  make: (context: NodeContext, from: IntegerFormat, to: IntegerFormat) => Int8Array,
  activation: string,
): NonNullable<OnnxOperator["apply"]> {
  return (context) => {
    const builder = integerBuilder(context);
    const { number, layout, batch } = takeIntegers(context);
    const to = readFormat(context, 3);
    const values = make(context, builder.formatOf(number)!, to);
    const shape = builder.shapeOf(number);
    const result = builder.putIntegers({ kind: "lookup", activation, table: values }, shape, [number], to);
    return [new Activation(result, layout, batch)];
  };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The mean over all positions of [1, channels, positions…]. Source: onnxruntime, QLinearGlobalAveragePool. */
function globalMean(context: NodeContext): Activation {
  context.expect(context.integer("channels_last", 0) === 0, "has channels last, as no export has them");
  const to = readFormat(context, 3);
  const builder = integerBuilder(context);
  const value = asImage(context, takeIntegers(context));
  const shape = builder.shapeOf(value.number);
  const channels = value.layout.shape[1];
  const from =
    shape.at(-1) === channels
      ? value.number
      : builder.view(value.number, [value.layout.elements / channels, channels]);
  const number = builder.putIntegers({ kind: "mean", rounding: "nearestEven" }, [channels], [from], to);
  const positions = value.layout.shape.slice(2).map(() => 1);
  return new Activation(number, value.layout.withPositions(positions), value.batch);
}

/** A mean of dequantized values over all positions; only one that is quantized next is taken. */
function realMean(context: NodeContext): Activation {
  const builder = integerBuilder(context);
  const given = context.computed();
  const rank = given.shape.length;
  const asked = context.integersOf(1, "axes") ?? context.fail("has no axes");
  const axes = context.axes(asked, given).sort((a, b) => a - b);
  const isWhole = axes.length === rank - 2 && axes.every((axis, k) => axis === k + 2);
  context.expect(isWhole, "takes a mean of other axes than all positions of [batch, channels, positions…]");
  const value = asImage(context, given);
  const channels = value.layout.shape[1];
  const from = builder.view(value.number, [value.layout.elements / channels, channels]);
  const number = builder.putReal("mean", [channels], from);
  const mean = new Activation(number, value.layout.withPositions(axes.map(() => 1)), value.batch);
  if (context.integer("keepdims", 1) === 1) return mean;
  return new Activation(number, mean.layout.reshape(mean.layout.shape.slice(0, 2))!, value.batch);
}

const moving = [
  "Identity",
  "Dropout",
  "Constant",
  "ConstantOfShape",
  "Shape",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Transpose",
];

/** What is made of integers, and of the real values that they stand for. Names of other makers' begin with theirs. */
export const valueOperators: Readonly<Record<string, OnnxOperator>> = {
  ...Object.fromEntries(moving.map((name) => [name, shapeOperators[name]])),
  MaxPool: windowOperators.MaxPool,
  QuantizeLinear: {
    attributes: ["axis", "saturate", "block_size", "output_dtype", "precision"],
    apply: (context) => [quantizeLinear(context)],
  },
  DequantizeLinear: {
    attributes: ["axis", "block_size", "output_dtype"],
    fold: (context) => [dequantizeConstant(context)],
    apply: (context) => [dequantizeLinear(context)],
  },
  ReduceMean: {
    attributes: ["axes", "keepdims", "noop_with_empty_axes"],
    apply: (context) => [realMean(context)],
  },
  "com.microsoft.QLinearSigmoid": {
    attributes: [],
    apply: table((_, from, to) => provenTable(from, to, logistic, new Set([0])), "sigmoid"),
  },
  "com.microsoft.QLinearLeakyRelu": {
    attributes: ["alpha"],
    apply: table((context, from, to) => {
      const alpha = Math.fround(context.float("alpha", Math.fround(0.01)));
      return tableOf(from, to, (x) => (x >= 0 ? x : Math.fround(alpha * x)));
    }, "leakyRelu"),
  },
  "com.microsoft.QLinearGlobalAveragePool": {
    attributes: ["channels_last"],
    apply: (context) => [globalMean(context)],
  },
};
