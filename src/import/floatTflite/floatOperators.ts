import { elementCount, formatShape } from "../../base/tensor.js";
import {
  addOptions,
  concatenationOptions,
  divOptions,
  fullyConnectedOptions,
  geluOptions,
  leakyReluOptions,
  mulOptions,
  reducerOptions,
  softmaxOptions,
  subOptions,
} from "../tfliteSchema.js";
import type { FloatContext, FloatOperator } from "./floatContext.js";
import { moveOperators } from "./moveOperators.js";
import { windowOperators } from "./windowOperators.js";

/** ONNX has the same function. */
const same =
  (operator: string): FloatOperator =>
  (context) =>
    context.put(operator, [context.value()]);

const clip =
  (least: number, most: number): FloatOperator =>
  (context) =>
    context.clipped(context.value(), least, most);

/** @param fused where the options have a fused activation function */
const both =
  (operator: string, fused?: { readonly type: number; readonly activation: number }): FloatOperator =>
  (context) => {
    const value = context.put(operator, [context.value(0), context.value(1)]);
    if (fused === undefined) return value;
    return context.activated(value, context.options(fused.type)?.int8(fused.activation) ?? 0);
  };

const fullyConnected: FloatOperator = (context) => {
  const options = context.options(fullyConnectedOptions.type);
  const format = options?.int8(fullyConnectedOptions.weightsFormat) ?? 0;
  if (format !== 0) context.fail(`has weights in format ${format}; 0, the plain one, is supported`);
  const { shape: weights } = context.constant(1, "weights");
  const [outFeatures, inFeatures] = weights;
  const [from, to] = [context.shape(), context.outputShape];
  const rows = elementCount(from) / inFeatures;
  if (weights.length !== 2 || elementCount(to) !== rows * outFeatures) {
    context.fail(`makes ${formatShape(to)} of ${formatShape(from)} with weights ${formatShape(weights)}`);
  }
  const inputs = [context.reshaped(context.value(), from, [rows, inFeatures]), context.value(1)];
  if (context.has(2)) inputs.push(context.value(2));
  const value = context.put("Gemm", inputs, { transB: 1 });
  const wide = context.reshaped(value, [rows, outFeatures], to);
  return context.activated(wide, options?.int8(fullyConnectedOptions.activation) ?? 0);
};

const concatenation: FloatOperator = (context) => {
  const options = context.options(concatenationOptions.type);
  const inputs = context.operator.inputs.map((_, position) => context.value(position));
  const axis = context.axis(options?.int32(concatenationOptions.axis) ?? 0, context.outputShape.length);
  const value = context.put("Concat", inputs, { axis });
  return context.activated(value, options?.int8(concatenationOptions.activation) ?? 0);
};

const reduction =
  (operator: string): FloatOperator =>
  (context) => {
    const axes = context.integers(1, "axes", 8);
    const keepdims = Number(context.options(reducerOptions.type)?.boolean(reducerOptions.keepDims) ?? false);
    return context.put(operator, [context.value(), context.graph.integers(axes)], { keepdims });
  };

const softmax: FloatOperator = (context) => {
  const beta = context.options(softmaxOptions.type)?.float32(softmaxOptions.beta) ?? 1;
  if (!(beta > 0 && beta < 1e6)) context.fail(`has beta ${beta}; a number above 0 is expected`);
  const value = context.value();
  const scaled = beta === 1 ? value : context.put("Mul", [value, context.graph.floats([beta], [])]);
  return context.put("Softmax", [scaled], { axis: -1 });
};

const leakyRelu: FloatOperator = (context) => {
  const alpha = context.options(leakyReluOptions.type)?.float32(leakyReluOptions.alpha) ?? 0;
  return context.put("LeakyRelu", [context.value()], { alpha });
};

const gelu: FloatOperator = (context) => {
  const isApproximate = context.options(geluOptions.type)?.boolean(geluOptions.approximate) ?? false;
  return context.put("Gelu", [context.value()], { approximate: isApproximate ? "tanh" : "none" });
};

const squared = (context: FloatContext, value: string): string => context.put("Mul", [value, value]);

/** Only of constants, which it is taken away from before it comes here. */
const dequantize: FloatOperator = (context) =>
  context.fail("makes float32 of what the model computes in integers");

/** Every operator of a float model that can be imported. */
export const floatOperators: Readonly<Record<string, FloatOperator>> = {
  ABS: same("Abs"),
  ADD: both("Add", addOptions),
  CONCATENATION: concatenation,
  COS: same("Cos"),
  DEQUANTIZE: dequantize,
  DIV: both("Div", divOptions),
  ELU: same("Elu"),
  EXP: same("Exp"),
  FULLY_CONNECTED: fullyConnected,
  GELU: gelu,
  HARD_SWISH: same("HardSwish"),
  LEAKY_RELU: leakyRelu,
  LOG: same("Log"),
  LOGISTIC: same("Sigmoid"),
  LOG_SOFTMAX: (context) => context.put("LogSoftmax", [context.value()], { axis: -1 }),
  MAXIMUM: both("Max"),
  MEAN: reduction("ReduceMean"),
  MINIMUM: both("Min"),
  MUL: both("Mul", mulOptions),
  NEG: same("Neg"),
  POW: both("Pow"),
  PRELU: both("PRelu"),
  REDUCE_MAX: reduction("ReduceMax"),
  RELU: same("Relu"),
  RELU6: clip(0, 6),
  RELU_0_TO_1: clip(0, 1),
  RELU_N1_TO_1: clip(-1, 1),
  RSQRT: (context) => context.put("Reciprocal", [context.put("Sqrt", [context.value()])]),
  SIN: same("Sin"),
  SOFTMAX: softmax,
  SQRT: same("Sqrt"),
  SQUARE: (context) => squared(context, context.value()),
  SQUARED_DIFFERENCE: (context) => squared(context, context.put("Sub", [context.value(0), context.value(1)])),
  SUB: both("Sub", subOptions),
  SUM: reduction("ReduceSum"),
  TANH: same("Tanh"),
  ...moveOperators,
  ...windowOperators,
};
