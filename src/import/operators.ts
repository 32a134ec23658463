import { elementCount, formatShape, isSameShape } from "../base/tensor.js";
import { isSoftmaxOutput, softmaxOutputText } from "../network/elementTypes.js";
import type { ElementType } from "../network/quantizedNetwork.js";
import {
  gather,
  mostParts,
  moveBlocks,
  pack,
  slice,
  split,
  splitV,
  stridedSlice,
  transpose,
  unpack,
} from "./copyOperators.js";
import { arithmetic, prelu, selection } from "./elementwiseOperators.js";
import { joined, pad } from "./joinOperators.js";
import { lstm, lstmVariables } from "./lstmOperator.js";
import type { ImportedLayer, LayerSettings, OperatorContext } from "./operatorContext.js";
import { reduction } from "./reduceOperators.js";
import { resize } from "./resizeOperators.js";
import { svdf, svdfVariables } from "./svdfOperator.js";
import {
  addOptions,
  concatenationOptions,
  fullyConnectedOptions,
  mulOptions,
  reshapeOptions,
  softmaxOptions,
  subOptions,
} from "./tfliteSchema.js";
import { transposeConvolution } from "./transposeConvolution.js";
import { abs, hardSwish, leakyRelu, logistic, relu, rsqrt, tanh } from "./valueOperators.js";
import { readBias, readWeights } from "./weights.js";
import { convolution, depthwiseConvolution, pooling } from "./windowOperators.js";

/** How an operator becomes a layer. */
export interface OperatorImporter {
  /** The newest version whose int8 form is this one. Source: TensorFlow Lite kernels/register.cc. */
  readonly newestVersion: number;
  /** The beginning of the layer's name. */
  readonly layerName: string;
  /** Positions of inputs that are variables, in which the operator keeps its state. Default none. */
  readonly variables?: readonly number[];
  /** Element types of activations that go in and come out. Default int8 and int8. */
  readonly types?: readonly (readonly [input: ElementType, output: ElementType])[];
  /** The most outputs. Default 1. */
  readonly outputs?: number;
  /**
   * The layers that fill the outputs, in the order in which they run.
   *
   * @throws UserError naming the operator where it contradicts itself or has no integer form here
   */
  readonly read: (context: OperatorContext) => ImportedLayer | readonly ImportedLayer[];
}

/** A layer that takes the operator's first input. */
function one(read: (context: OperatorContext) => LayerSettings): OperatorImporter["read"] {
  return (context) => ({ settings: read(context), inputs: [context.input()] });
}

/** Of all rows that the output has; the input's shape says nothing. */
function fullyConnected(context: OperatorContext): ImportedLayer {
  context.expectInputs(2, 3);
  const options = context.optionsIfAny(fullyConnectedOptions.type);
  const format = options?.int8(fullyConnectedOptions.weightsFormat) ?? 0;
  if (format !== 0) context.refuse(`has weights in format ${format}; 0, the plain one, is supported`);
  const weights = readWeights(context, 2, 0);
  const [outFeatures, inFeatures] = weights.shape;
  const input = context.input();
  const { fileShape, shape } = context.output;
  const rows = elementCount(shape) / outFeatures;
  if (elementCount(input.shape) !== rows * inFeatures || fileShape.at(-1) !== outFeatures) {
    context.fail(
      `makes ${outFeatures} features of ${inFeatures}, found ${formatShape(fileShape)} made of ${formatShape(input.fileShape)}`,
      "the model contradicts itself: convert it again",
    );
  }
  return {
    settings: {
      kind: "fullyConnected",
      ...(rows > 1 && { rows }),
      weights: weights.values,
      weightScales: weights.scales,
      bias: readBias(context, outFeatures),
      ...context.clamp(options?.int8(fullyConnectedOptions.activation) ?? 0),
    },
    inputs: [
      rows > 1 && input.shape.at(-1) !== inFeatures ? context.reshaped(input, [rows, inFeatures]) : input,
    ],
  };
}

function concatenation(context: OperatorContext): ImportedLayer {
  context.expectInputs(1, 1000);
  const options = context.options(concatenationOptions.type);
  const inputs = context.operator.inputs.map((_, position) => context.operand(position));
  const rank = inputs[0].fileShape.length;
  const axis = context.axis(options.int32(concatenationOptions.axis), rank);
  const { activationMin, activationMax } = context.clamp(options.int8(concatenationOptions.activation));
  if (activationMin !== -128 || activationMax !== 127) {
    context.refuse("has a fused activation", "put the activation function behind it");
  }
  return joined(context, inputs, axis);
}

/** The new shape stands in input 1 or in the options; the output's declared shape must be the same. */
function reshape(context: OperatorContext): LayerSettings {
  context.expectInputs(1, 2);
  const options = context.optionsIfAny(reshapeOptions.type);
  const asked =
    context.operator.inputs.length === 2
      ? context.integers(1, "the new shape", 8)
      : (options?.int32s(reshapeOptions.newShape, 8, "the new shape") ?? []);
  const declared = context.output.fileShape;
  const fits =
    asked.length === declared.length && asked.every((size, axis) => size === -1 || size === declared[axis]);
  if (asked.length > 0 && !fits) {
    context.fail(
      `should make ${formatShape(asked)}; its output has shape ${formatShape(declared)}`,
      "the model contradicts itself: convert it again",
    );
  }
  return sameValues(context);
}

/** EXPAND_DIMS puts in axes of one, SQUEEZE takes them out: the declared shape says which. */
function axesOfOne(context: OperatorContext): LayerSettings {
  context.expectInputs(1, 2);
  const isLonger = (size: number) => size !== 1;
  const [before, after] = [context.input(), context.output].map(({ fileShape }) =>
    fileShape.filter(isLonger),
  );
  if (!isSameShape(before, after)) {
    context.fail(
      `makes ${formatShape(context.output.fileShape)} of ${formatShape(context.input().fileShape)}`,
      "the model contradicts itself: convert it again",
    );
  }
  return sameValues(context);
}

/** Of the input, in the output's shape. */
function sameValues(context: OperatorContext): LayerSettings {
  const input = context.input();
  const elements = elementCount(input.shape);
  if (elementCount(context.output.shape) !== elements) {
    context.fail(
      `makes ${formatShape(context.output.fileShape)} of ${elements} values, which it cannot hold`,
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
  context.expectOutputShape(context.input().fileShape);
  const [input, { output }] = [context.input(), context];
  if (output.elementType === "int8") context.expectOutputQuantization(1 / 256, -128);
  else if (!isSoftmaxOutput(input, output)) {
    const { scale, zeroPoint } = output.quantization;
    context.fail(
      `should give ${softmaxOutputText(input, output)}, found ${scale} and ${zeroPoint}`,
      "the TFLite specification fixes them: convert the model again",
    );
  }
  return { kind: "softmax", beta };
}

function requantize(context: OperatorContext): LayerSettings {
  context.expectInputs(1);
  context.expectOutputShape(context.input().fileShape);
  return { kind: "requantize" };
}

/**
 * The same integers in more bits: with one scale and zero point they are the same real values.
 *
 * Source: TFLM cast.cc.
 */
function cast(context: OperatorContext): LayerSettings {
  const input = context.input();
  context.expectInputs(1);
  context.expectOutputShape(input.fileShape);
  context.expectSameQuantization(input);
  return { kind: "requantize" };
}

/** Only at the borders, where the importer takes it away before it comes here. */
function dequantize(context: OperatorContext): never {
  context.refuse("stands inside of the network", "only the model's last operator may be a DEQUANTIZE");
}

/** int8, or int16 with int8 weights. */
const anySameType: OperatorImporter["types"] = [
  ["int8", "int8"],
  ["int16", "int16"],
];

/** Every operator that can be imported. */
export const operatorImporters: Readonly<Record<string, OperatorImporter>> = {
  ABS: { newestVersion: 1, layerName: "abs", read: one(abs) },
  ADD: { newestVersion: 5, layerName: "add", read: arithmetic("add", addOptions) },
  AVERAGE_POOL_2D: {
    newestVersion: 3,
    layerName: "average_pool2d",
    types: anySameType,
    read: one(pooling("averagePool")),
  },
  CAST: {
    ...{ newestVersion: 6, layerName: "cast", read: one(cast) },
    types: [
      ["int8", "int16"],
      ["int16", "int32"],
    ],
  },
  CONCATENATION: { newestVersion: 4, layerName: "concatenation", read: concatenation },
  CONV_2D: { newestVersion: 8, layerName: "conv2d", types: anySameType, read: one(convolution) },
  DEPTHWISE_CONV_2D: {
    newestVersion: 7,
    layerName: "depthwise_conv2d",
    types: anySameType,
    read: one(depthwiseConvolution),
  },
  DEPTH_TO_SPACE: { newestVersion: 1, layerName: "depth_to_space", read: moveBlocks(true) },
  DEQUANTIZE: { newestVersion: 6, layerName: "dequantize", read: dequantize },
  EXPAND_DIMS: { newestVersion: 1, layerName: "expand_dims", types: anySameType, read: one(axesOfOne) },
  FULLY_CONNECTED: {
    newestVersion: 13,
    layerName: "fully_connected",
    types: anySameType,
    read: fullyConnected,
  },
  GATHER: { newestVersion: 3, layerName: "gather", read: gather },
  HARD_SWISH: { newestVersion: 1, layerName: "hard_swish", read: one(hardSwish) },
  LEAKY_RELU: { newestVersion: 2, layerName: "leaky_relu", read: one(leakyRelu) },
  LOGISTIC: { newestVersion: 3, layerName: "logistic", read: one(logistic) },
  MAX_POOL_2D: {
    newestVersion: 3,
    layerName: "max_pool2d",
    types: anySameType,
    read: one(pooling("maxPool")),
  },
  MAXIMUM: { newestVersion: 4, layerName: "maximum", read: selection("maximum") },
  MEAN: { newestVersion: 3, layerName: "mean", read: reduction("mean") },
  MINIMUM: { newestVersion: 4, layerName: "minimum", read: selection("minimum") },
  MUL: { newestVersion: 7, layerName: "mul", read: arithmetic("multiply", mulOptions) },
  PACK: { newestVersion: 2, layerName: "pack", read: pack },
  PAD: { newestVersion: 5, layerName: "pad", read: pad },
  PADV2: { newestVersion: 2, layerName: "pad_v2", read: pad },
  PRELU: { newestVersion: 1, layerName: "prelu", read: prelu },
  QUANTIZE: {
    ...{ newestVersion: 4, layerName: "quantize", read: one(requantize) },
    types: [
      ["int8", "int8"],
      ["int8", "int16"],
      ["int16", "int8"],
      ["int16", "int16"],
      ["int16", "int32"],
    ],
  },
  REDUCE_MAX: { newestVersion: 2, layerName: "reduce_max", read: reduction("max") },
  RELU: { newestVersion: 3, layerName: "relu", read: one(relu("RELU")) },
  RELU6: { newestVersion: 3, layerName: "relu6", read: one(relu("RELU6")) },
  RELU_N1_TO_1: { newestVersion: 1, layerName: "relu_n1_to_1", read: one(relu("RELU_N1_TO_1")) },
  RESIZE_BILINEAR: { newestVersion: 4, layerName: "resize_bilinear", read: one(resize("bilinear")) },
  RESIZE_NEAREST_NEIGHBOR: { newestVersion: 4, layerName: "resize_nearest", read: one(resize("nearest")) },
  RESHAPE: { newestVersion: 1, layerName: "reshape", types: anySameType, read: one(reshape) },
  RSQRT: { newestVersion: 3, layerName: "rsqrt", read: one(rsqrt) },
  SLICE: { newestVersion: 3, layerName: "slice", read: slice },
  SOFTMAX: {
    ...{ newestVersion: 3, layerName: "softmax", read: one(softmax) },
    types: [
      ["int8", "int8"],
      ["int8", "int16"],
      ["int16", "int16"],
    ],
  },
  SPACE_TO_DEPTH: { newestVersion: 1, layerName: "space_to_depth", read: moveBlocks(false) },
  SPLIT: { newestVersion: 2, layerName: "split", outputs: mostParts, read: split },
  SPLIT_V: { newestVersion: 2, layerName: "split_v", outputs: mostParts, read: splitV },
  SQUEEZE: { newestVersion: 2, layerName: "squeeze", types: anySameType, read: one(axesOfOne) },
  STRIDED_SLICE: { newestVersion: 4, layerName: "strided_slice", read: stridedSlice },
  SUB: { newestVersion: 5, layerName: "sub", read: arithmetic("subtract", subOptions) },
  SUM: { newestVersion: 2, layerName: "sum", read: reduction("sum") },
  SVDF: { newestVersion: 4, layerName: "svdf", variables: svdfVariables, read: svdf },
  TANH: { newestVersion: 3, layerName: "tanh", read: one(tanh) },
  TRANSPOSE: { newestVersion: 4, layerName: "transpose", read: transpose },
  TRANSPOSE_CONV: { newestVersion: 4, layerName: "transpose_conv", read: transposeConvolution },
  UNIDIRECTIONAL_SEQUENCE_LSTM: {
    ...{ newestVersion: 4, layerName: "lstm", variables: lstmVariables, read: lstm },
  },
  UNPACK: { newestVersion: 4, layerName: "unpack", outputs: mostParts, read: unpack },
};
