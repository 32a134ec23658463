import { formatShape } from "../base/tensor.js";
import type { Padding, Pair } from "../network/quantizedNetwork.js";
import { samePadding, windowOutput } from "../network/windowGeometry.js";
import type { Activation } from "./activation.js";
import type { FlatTable } from "./flatTable.js";
import type { LayerSettings, OperatorContext } from "./operatorContext.js";
import { conv2dOptions, depthwiseConv2dOptions, paddingNames, pool2dOptions } from "./tfliteSchema.js";
import { readBias, readWeights, type Weights } from "./weights.js";

/** Larger windows, steps and paddings than any image that fits a microcontroller: the model file's limit too. */
const largest = 65535;

function imageShape(
  context: OperatorContext,
  { fileShape, index }: Activation,
): readonly [number, number, number] {
  const [batch, height, width, channels] = fileShape;
  return fileShape.length === 4 && batch === 1
    ? [height, width, channels]
    : context.refuse(
        `takes images [1, height, width, channels]; tensor ${index} has shape ${formatShape(fileShape)}`,
        "reshape a signal to [1, length, 1, channels] in front of it",
      );
}

function readPair(context: OperatorContext, what: string, vertical: number, horizontal: number): Pair {
  const isRight = [vertical, horizontal].every((value) => value >= 1 && value <= largest);
  return isRight
    ? [vertical, horizontal]
    : context.fail(`has ${what} ${vertical} x ${horizontal}; 1 to ${largest} are possible`);
}

function readPadding(
  context: OperatorContext,
  number: number,
  ...geometry: Parameters<typeof samePadding>
): Padding {
  const name =
    paddingNames[number] ?? context.fail(`has padding of number ${number}; SAME and VALID are supported`);
  if (name === "VALID") return { top: 0, bottom: 0, left: 0, right: 0 };
  const padding = samePadding(...geometry);
  const sides = Object.values(padding) as number[];
  return sides.every((side) => side <= largest)
    ? padding
    : context.fail(
        `has a window that needs ${Math.max(...sides)} rows or columns of padding; ${largest} are possible`,
      );
}

/** Settings that convolutions share, and the image they move over. */
function readMovement(
  context: OperatorContext,
  options: FlatTable,
  fields: typeof conv2dOptions | typeof depthwiseConv2dOptions,
  kernelSize: Pair,
) {
  const input = context.input();
  const image = imageShape(context, input);
  const strides = readPair(context, "strides", options.int32(fields.strideH), options.int32(fields.strideW));
  const { window } = context.operator;
  const [vertical, horizontal] = window?.dilations ?? [
    options.int32(fields.dilationH, 1),
    options.int32(fields.dilationW, 1),
  ];
  const dilations = readPair(context, "dilations", vertical, horizontal);
  readPair(context, "a window of", ...kernelSize);
  const place: Pair = [image[0], image[1]];
  const padding =
    window?.padding ??
    readPadding(context, options.int8(fields.padding), place, kernelSize, strides, dilations);
  const settings = { kernelSize, strides, padding, dilations };
  return { image, settings, output: windowOutput(place, settings, dilations) };
}

/** One scale for each output channel. */
function spread(scales: readonly number[], channels: number): readonly number[] {
  return scales.length === channels ? scales : new Array<number>(channels).fill(scales[0]);
}

/** What a convolution is told of its filters, once its output is found to have their shape. */
function readFilters(
  context: OperatorContext,
  { values, scales }: Weights,
  output: readonly number[],
  outChannels: number,
  activation: number,
) {
  context.expectOutputShape([1, ...output, outChannels]);
  return {
    weights: values,
    weightScales: spread(scales, outChannels),
    bias: readBias(context, outChannels),
    ...context.clamp(activation),
  };
}

export function convolution(context: OperatorContext): LayerSettings {
  context.expectInputs(2, 3);
  const options = context.options(conv2dOptions.type);
  const weights = readWeights(context, 4, 0);
  const [outChannels, kernelHeight, kernelWidth, filterChannels] = weights.shape;
  const { image, settings, output } = readMovement(context, options, conv2dOptions, [
    kernelHeight,
    kernelWidth,
  ]);
  if (filterChannels !== image[2]) {
    context.refuse(
      `has filters of ${filterChannels} channels and an image of ${image[2]}; grouped convolutions are not supported`,
      "split it into convolutions of some channels each, or use a depthwise convolution",
    );
  }
  const activation = options.int8(conv2dOptions.activation);
  return {
    kind: "convolution",
    ...settings,
    ...readFilters(context, weights, output, outChannels, activation),
  };
}

export function depthwiseConvolution(context: OperatorContext): LayerSettings {
  context.expectInputs(2, 3);
  const options = context.options(depthwiseConv2dOptions.type);
  const weights = readWeights(context, 4, 3);
  const [groups, kernelHeight, kernelWidth, outChannels] = weights.shape;
  const { image, settings, output } = readMovement(context, options, depthwiseConv2dOptions, [
    kernelHeight,
    kernelWidth,
  ]);
  const multiplier = options.int32(depthwiseConv2dOptions.depthMultiplier);
  if (groups !== 1 || image[2] * multiplier !== outChannels) {
    context.fail(
      `has filters of shape ${formatShape(weights.shape)} and depth multiplier ${multiplier} for an image of ${image[2]} channels`,
      "the model contradicts itself: convert it again",
    );
  }
  const activation = options.int8(depthwiseConv2dOptions.activation);
  return {
    kind: "depthwiseConvolution",
    ...settings,
    ...readFilters(context, weights, output, outChannels, activation),
  };
}

export function pooling(kind: "averagePool" | "maxPool") {
  return (context: OperatorContext): LayerSettings => {
    context.expectInputs(1);
    const options = context.options(pool2dOptions.type);
    const input = context.input();
    const [height, width, channels] = imageShape(context, input);
    const read = (what: string, vertical: number, horizontal: number) =>
      readPair(context, what, options.int32(vertical), options.int32(horizontal));
    const kernelSize = read("a window of", pool2dOptions.filterHeight, pool2dOptions.filterWidth);
    const strides = read("strides", pool2dOptions.strideH, pool2dOptions.strideW);
    const number = options.int8(pool2dOptions.padding);
    const padding = readPadding(context, number, [height, width], kernelSize, strides);
    const settings = { kernelSize, strides, padding };
    context.expectOutputShape([1, ...windowOutput([height, width], settings), channels]);
    context.expectSameQuantization(input);
    return { kind, ...settings, ...context.clamp(options.int8(pool2dOptions.activation)) };
  };
}
