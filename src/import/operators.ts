import { elementCount, formatShape, isSameShape } from "../base/tensor.js";
import type { Quantization } from "../network/quantizedNetwork.js";
import {
  logisticOutput,
  tanhOutput,
  tfliteLogisticTable,
  tfliteTanhTable,
} from "../quantize/tfliteTables.js";
import { rowsHint } from "./findUnsupported.js";
import type { Activation, LayerSettings, OperatorContext } from "./operatorContext.js";
import { largestReluFactor, reluTable } from "./reluTable.js";
import {
  addOptions,
  concatenationOptions,
  fullyConnectedOptions,
  mulOptions,
  reducerOptions,
  reshapeOptions,
  softmaxOptions,
} from "./tfliteSchema.js";
import { readBias, readWeights } from "./weights.js";
import { convolution, depthwiseConvolution, pooling } from "./windowOperators.js";

/** What an operator becomes; with `inputs` where it does not take all that the operator has but weights. */
export interface ImportedLayer {
  readonly settings: LayerSettings;
  readonly inputs: readonly Activation[];
}

/** How an operator becomes a layer. */
export interface OperatorImporter {
  /** The newest version whose int8 form is this one. Source: TensorFlow Lite kernels/register.cc. */
  readonly newestVersion: number;
  /** The beginning of the layer's name. */
  readonly layerName: string;
  /** @throws UserError naming the operator where it contradicts itself or has no integer form here */
  readonly read: (context: OperatorContext) => ImportedLayer;
}

/** A layer that takes the operator's first input. */
function one(read: (context: OperatorContext) => LayerSettings): OperatorImporter["read"] {
  return (context) => ({ settings: read(context), inputs: [context.input()] });
}

function fullyConnected(context: OperatorContext): LayerSettings {
  context.expectInputs(2, 3);
  const options = context.optionsIfAny(fullyConnectedOptions.type);
  const format = options?.int8(fullyConnectedOptions.weightsFormat) ?? 0;
  if (format !== 0) context.refuse(`has weights in format ${format}; 0, the plain one, is supported`);
  const weights = readWeights(context, 2, 0);
  const [outFeatures, inFeatures] = weights.shape;
  const { shape } = context.input();
  if (elementCount(shape) !== inFeatures) {
    context.refuse(
      `has weights for ${inFeatures} features and an input of shape ${formatShape([1, ...shape])}`,
      rowsHint,
    );
  }
  const { shape: outputShape } = context.output;
  if (elementCount(outputShape) !== outFeatures || outputShape.at(-1) !== outFeatures) {
    context.expectOutputShape([outFeatures]);
  }
  return {
    kind: "fullyConnected",
    weights: weights.values,
    weightScales: weights.scales,
    bias: readBias(context, outFeatures),
    ...context.clamp(options?.int8(fullyConnectedOptions.activation) ?? 0),
  };
}

function arithmetic(kind: "add" | "multiply", { type, activation }: typeof addOptions | typeof mulOptions) {
  return (context: OperatorContext): ImportedLayer => {
    context.expectInputs(2);
    const inputs = [context.input(0), context.input(1)];
    const [a, b] = inputs;
    if (!isSameShape(a.shape, b.shape)) {
      context.refuse(
        `takes inputs of shapes ${formatShape([1, ...a.shape])} and ${formatShape([1, ...b.shape])}; equal shapes are supported`,
        "repeat the smaller one in the model",
      );
    }
    context.expectOutputShape(a.shape);
    const number = context.optionsIfAny(type)?.int8(activation) ?? 0;
    return { settings: { kind, ...context.clamp(number) }, inputs };
  };
}

function concatenation(context: OperatorContext): ImportedLayer {
  context.expectInputs(1, 1000);
  const options = context.options(concatenationOptions.type);
  const inputs = context.operator.inputs.map((_, position) => context.input(position));
  const rank = inputs[0].shape.length + 1;
  const given = options.int32(concatenationOptions.axis);
  const axis = (given < 0 ? given + rank : given) - 1;
  if (axis < 0 || axis >= rank - 1) {
    context.refuse(`joins along axis ${given} of ${rank}; all but the batch's are supported`);
  }
  const { activationMin, activationMax } = context.clamp(options.int8(concatenationOptions.activation));
  if (activationMin !== -128 || activationMax !== 127) {
    context.refuse("has a fused activation", "put the activation function behind it");
  }
  const rest = (shape: readonly number[]) => shape.toSpliced(axis, 1, 0);
  for (const input of inputs) {
    if (!isSameShape(rest(input.shape), rest(inputs[0].shape))) {
      context.fail(
        `joins shapes ${formatShape([1, ...inputs[0].shape])} and ${formatShape([1, ...input.shape])} along axis ${axis + 1}`,
      );
    }
    context.expectSameQuantization(input);
  }
  const joined = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
  context.expectOutputShape(inputs[0].shape.with(axis, joined));
  return { settings: { kind: "concatenation", axis }, inputs };
}

/** The new shape stands in input 1 or in the options; the output's declared shape must be the same. */
function reshape(context: OperatorContext): LayerSettings {
  context.expectInputs(1, 2);
  const input = context.input();
  const { shape } = context.output;
  const elements = elementCount(input.shape);
  if (elementCount(shape) !== elements) {
    context.fail(
      `makes ${formatShape([1, ...shape])} of ${elements} values, which it cannot hold`,
      "the model contradicts itself: convert it again",
    );
  }
  const options = context.optionsIfAny(reshapeOptions.type);
  const asked =
    context.operator.inputs.length === 2
      ? context.integers(1, "the new shape", 8)
      : (options?.int32s(reshapeOptions.newShape, 8, "the new shape") ?? []);
  const declared = [1, ...shape];
  const fits =
    asked.length === declared.length && asked.every((size, axis) => size === -1 || size === declared[axis]);
  if (asked.length > 0 && !fits) {
    context.fail(
      `should make ${formatShape(asked)}; its output has shape ${formatShape(declared)}`,
      "the model contradicts itself: convert it again",
    );
  }
  context.expectSameQuantization(input);
  return { kind: "reshape" };
}

function softmax(context: OperatorContext): LayerSettings {
  context.expectInputs(1);
  const beta = context.options(softmaxOptions.type).float32(softmaxOptions.beta);
  if (!(beta > 0 && beta < 1e6)) context.fail(`has beta ${beta}; a number above 0 is expected`);
  const { shape } = context.input();
  context.expectOutputShape(shape);
  context.expectOutputQuantization(1 / 256, -128);
  return { kind: "softmax", beta };
}

function relu(name: string) {
  return (context: OperatorContext): LayerSettings => {
    context.expectInputs(1);
    const input = context.input();
    context.expectOutputShape(input.shape);
    const factor = input.quantization.scale / context.output.quantization.scale;
    if (!(factor < largestReluFactor)) {
      context.fail(`rescales by ${factor}; less than ${largestReluFactor} is possible`);
    }
    return {
      kind: "lookup",
      activation: name.toLowerCase(),
      table: reluTable(name, input.quantization, context.output.quantization),
    };
  };
}

/** LOGISTIC and TANH take arguments with 4 bits before the point: a larger step is no use to either. */
const largestArgumentStep = 16;

function saturating(
  activation: string,
  { scale, zeroPoint }: Quantization,
  table: (input: Quantization) => Int8Array,
) {
  return (context: OperatorContext): LayerSettings => {
    context.expectInputs(1);
    const { shape, quantization } = context.input();
    context.expectOutputShape(shape);
    context.expectOutputQuantization(scale, zeroPoint);
    if (!(quantization.scale < largestArgumentStep)) {
      context.fail(`has an input of scale ${quantization.scale}; below ${largestArgumentStep} is possible`);
    }
    return { kind: "lookup", activation, table: table(quantization) };
  };
}

/** As many zeros as the specification says: the output's zero point is real 0. */
function pad(context: OperatorContext): LayerSettings {
  context.expectInputs(2);
  const input = context.input();
  const rank = input.shape.length + 1;
  const amounts = context.integers(1, "paddings", 8);
  const isRight = amounts.length === 2 * rank && amounts.every((amount) => amount >= 0 && amount <= 65535);
  if (!isRight || amounts[0] !== 0 || amounts[1] !== 0) {
    context.fail(
      `has paddings ${formatShape(amounts)} for ${rank} axes; 0 to 65535 before and after each but the batch's are supported`,
    );
  }
  const before = input.shape.map((_, axis) => amounts[2 * axis + 2]);
  const after = input.shape.map((_, axis) => amounts[2 * axis + 3]);
  context.expectOutputShape(input.shape.map((size, axis) => before[axis] + size + after[axis]));
  context.expectSameQuantization(input);
  return { kind: "pad", before, after, value: context.output.quantization.zeroPoint };
}

/** Over rows and columns of an image; an axis of one row or column may be left out. */
function mean(context: OperatorContext): LayerSettings {
  context.expectInputs(2);
  const { shape } = context.input();
  const rank = shape.length + 1;
  const given = context.integers(1, "axes", 4);
  const axes = new Set(given.map((axis) => (axis < 0 ? axis + rank : axis)));
  const isMissing = [1, 2].some((axis) => !axes.has(axis) && shape[axis - 1] !== 1);
  if (rank !== 4 || isMissing || [...axes].some((axis) => axis !== 1 && axis !== 2)) {
    context.refuse(
      `takes the mean over axes ${formatShape(given)} of ${formatShape([1, ...shape])}; rows and columns of an image, [1, 2], are supported`,
      "reshape a signal to [1, length, 1, channels] in front of it",
    );
  }
  const keeps = context.optionsIfAny(reducerOptions.type)?.boolean(reducerOptions.keepDims) ?? false;
  context.expectOutputShape(
    shape.flatMap((size, axis) => (axes.has(axis + 1) ? (keeps ? [1] : []) : [size])),
  );
  return { kind: "mean" };
}

function requantize(context: OperatorContext): LayerSettings {
  context.expectInputs(1);
  context.expectOutputShape(context.input().shape);
  return { kind: "requantize" };
}

/** Only at the borders, where the importer takes it away before it comes here. */
function dequantize(context: OperatorContext): never {
  context.refuse("stands inside of the network", "only the model's last operator may be a DEQUANTIZE");
}

/** Every operator that can be imported. */
export const operatorImporters: Readonly<Record<string, OperatorImporter>> = {
  ADD: { newestVersion: 5, layerName: "add", read: arithmetic("add", addOptions) },
  AVERAGE_POOL_2D: { newestVersion: 3, layerName: "average_pool2d", read: one(pooling("averagePool")) },
  CONCATENATION: { newestVersion: 4, layerName: "concatenation", read: concatenation },
  CONV_2D: { newestVersion: 8, layerName: "conv2d", read: one(convolution) },
  DEPTHWISE_CONV_2D: { newestVersion: 7, layerName: "depthwise_conv2d", read: one(depthwiseConvolution) },
  DEQUANTIZE: { newestVersion: 6, layerName: "dequantize", read: dequantize },
  FULLY_CONNECTED: { newestVersion: 13, layerName: "fully_connected", read: one(fullyConnected) },
  LOGISTIC: {
    newestVersion: 3,
    layerName: "logistic",
    read: one(saturating("sigmoid", logisticOutput, tfliteLogisticTable)),
  },
  MAX_POOL_2D: { newestVersion: 3, layerName: "max_pool2d", read: one(pooling("maxPool")) },
  MEAN: { newestVersion: 3, layerName: "mean", read: one(mean) },
  MUL: { newestVersion: 7, layerName: "mul", read: arithmetic("multiply", mulOptions) },
  PAD: { newestVersion: 5, layerName: "pad", read: one(pad) },
  QUANTIZE: { newestVersion: 4, layerName: "quantize", read: one(requantize) },
  RELU: { newestVersion: 3, layerName: "relu", read: one(relu("RELU")) },
  RELU6: { newestVersion: 3, layerName: "relu6", read: one(relu("RELU6")) },
  RELU_N1_TO_1: { newestVersion: 1, layerName: "relu_n1_to_1", read: one(relu("RELU_N1_TO_1")) },
  RESHAPE: { newestVersion: 1, layerName: "reshape", read: one(reshape) },
  SOFTMAX: { newestVersion: 3, layerName: "softmax", read: one(softmax) },
  TANH: { newestVersion: 3, layerName: "tanh", read: one(saturating("tanh", tanhOutput, tfliteTanhTable)) },
};
