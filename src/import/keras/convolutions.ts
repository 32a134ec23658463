import { UserError } from "../../base/errors.js";
import { formatShape } from "../../base/tensor.js";
import { conv1d } from "../../train/layers/conv1d.js";
import { conv2d } from "../../train/layers/conv2d.js";
import type { Convolution, ConvolutionKind } from "../../train/layers/convolution.js";
import { type Dense, dense } from "../../train/layers/dense.js";
import { depthwiseConv2d } from "../../train/layers/depthwiseConv2d.js";
import { reshape } from "../../train/layers/reshape.js";
import type { Padding } from "../../train/layers/window.js";
import { putActivation } from "./activations.js";
import {
  expectOneOf,
  type LayerContext,
  type LayerImporter,
  readSizes,
  takeWeights,
  type Value,
  type WantedWeight,
} from "./layerContext.js";

/** Trained values come from the file. */
const fromFile = () => {};

/** Moves the last axis of [rows, columns] to the front: Keras' filters stand last, ours first. */
function transposed(data: Float32Array, columns: number): Float32Array {
  const rows = data.length / columns;
  const result = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c];
  }
  return result;
}

function settle(layer: Convolution | Dense, weights: Float32Array, bias: Float32Array | undefined): void {
  layer.weights.value.data.set(weights);
  if (bias !== undefined) layer.bias?.value.data.set(bias);
}

const kernel = ["kernel"];
const depthwiseKernel = ["depthwise_kernel", "kernel"];

/** The layer's kernels and its bias, if it has one. */
function takeKernels(context: LayerContext, kernels: readonly WantedWeight[], outChannels: number) {
  const hasBias = context.config.value("use_bias") !== false;
  const bias = { names: ["bias"], shape: [outChannels] };
  const found = takeWeights(context, hasBias ? [...kernels, bias] : kernels);
  return { kernels: found.slice(0, kernels.length), bias: hasBias ? found[kernels.length] : undefined };
}

/** @throws UserError unless the value has the axes of a layer's input */
function expectRank({ className }: LayerContext, { shape }: Value, axes: readonly string[]): void {
  if (shape.length === axes.length) return;
  throw new UserError(`a ${className} takes [${axes.join(", ")}], found ${formatShape(shape)}`);
}

const imageAxes = ["height", "width", "channels"];
const seriesAxes = ["length", "channels"];

/** Stride, dilation and padding of a layer over an image or a series, the latter as a row of an image. */
function readWindow(context: LayerContext, { margin }: Value, axes: 1 | 2, sizeField = "kernel_size") {
  const { config } = context;
  expectOneOf(config, "data_format", ["channels_last"]);
  expectOneOf(config, "groups", [1]);
  const pair = (name: string, standard: number): [number, number] => {
    const sizes = config.has(name) ? readSizes(config, name, axes) : [standard, standard];
    return axes === 2 ? [sizes[0], sizes[1]] : [1, sizes[0]];
  };
  const size = pair(sizeField, 1);
  const dilation = pair("dilation_rate", 1);
  const padding = config.has("padding")
    ? config.oneOf(
        "padding",
        axes === 1 ? (["valid", "same", "causal"] as const) : (["valid", "same"] as const),
      )
    : "valid";
  const causal = { top: 0, bottom: 0, left: (size[1] - 1) * dilation[1], right: 0 };
  const given: Padding = padding === "causal" ? causal : (margin ?? padding);
  return { size, stride: pair("strides", 1), dilation, padding: given };
}

const filtersOf = ({ config }: LayerContext) => config.integer("filters", 1, 2 ** 20);

const importConv2d: LayerImporter = (context, input) => {
  expectRank(context, input, imageAxes);
  const { size, ...options } = readWindow(context, input, 2);
  const filters = filtersOf(context);
  const shape = [...size, input.shape[2], filters];
  const { kernels, bias } = takeKernels(context, [{ names: kernel, shape }], filters);
  const { name, put } = context;
  const spec = conv2d(filters, size, { ...options, bias: bias !== undefined, weights: fromFile, name });
  return putActivation(
    context,
    put(spec, [input], (layer) => settle(layer, transposed(kernels[0], filters), bias)),
  );
};

/** [left, right] of a padding along one row. */
function alongRow(padding: Padding) {
  return typeof padding === "object" ? { before: padding.left, after: padding.right } : padding;
}

const importConv1d: LayerImporter = (context, input) => {
  expectRank(context, input, seriesAxes);
  const { size, stride, dilation, padding } = readWindow(context, input, 1);
  const filters = filtersOf(context);
  const shape = [size[1], input.shape[1], filters];
  const { kernels, bias } = takeKernels(context, [{ names: kernel, shape }], filters);
  const { name, put } = context;
  const spec = conv1d(filters, size[1], {
    stride: stride[1],
    dilation: dilation[1],
    padding: alongRow(padding),
    bias: bias !== undefined,
    weights: fromFile,
    name,
  });
  return putActivation(
    context,
    put(spec, [input], (layer) => settle(layer, transposed(kernels[0], filters), bias)),
  );
};

const multiplierOf = ({ config }: LayerContext) =>
  config.has("depth_multiplier") ? config.integer("depth_multiplier", 1, 2 ** 10) : 1;

const importDepthwise2d: LayerImporter = (context, input) => {
  expectRank(context, input, imageAxes);
  const { size, ...options } = readWindow(context, input, 2);
  const multiplier = multiplierOf(context);
  const channels = input.shape[2];
  const shape = [...size, channels, multiplier];
  const { kernels, bias } = takeKernels(context, [{ names: depthwiseKernel, shape }], channels * multiplier);
  const { name, put } = context;
  const settings = { ...options, multiplier, bias: bias !== undefined, weights: fromFile, name };
  const value = put(depthwiseConv2d(size, settings), [input], (layer) => settle(layer, kernels[0], bias));
  return putActivation(context, value);
};

/** A depthwise convolution, then one of single pixels; along a series in an image of one row. */
const importSeparable =
  (axes: 1 | 2): LayerImporter =>
  (context, input) => {
    expectRank(context, input, axes === 2 ? imageAxes : seriesAxes);
    const { size, ...options } = readWindow(context, input, axes);
    const multiplier = multiplierOf(context);
    const filters = filtersOf(context);
    const channels = input.shape.at(-1)!;
    const own = axes === 2 ? size : size.slice(1);
    const ones = own.map(() => 1);
    const { kernels, bias } = takeKernels(
      context,
      [
        { names: ["depthwise_kernel"], shape: [...own, channels, multiplier] },
        { names: ["pointwise_kernel"], shape: [...ones, channels * multiplier, filters] },
      ],
      filters,
    );
    const settings = { ...options, multiplier, bias: false, weights: fromFile };
    const middle = putDepthwise(context, input, size, settings, (layer) =>
      settle(layer, kernels[0], undefined),
    );
    const last = { bias: bias !== undefined, weights: fromFile, name: context.name };
    const set = (layer: Convolution<ConvolutionKind>) => settle(layer, transposed(kernels[1], filters), bias);
    const value =
      axes === 2
        ? context.put(conv2d(filters, 1, last), [middle], set)
        : context.put(conv1d(filters, 1, last), [middle], set);
    return putActivation(context, value);
  };

type DepthwiseSettings = Parameters<typeof depthwiseConv2d>[1];

/** Over an image, or over a series that lies in the one row of an image meanwhile. */
function putDepthwise(
  { name, put }: LayerContext,
  input: Value,
  size: readonly [number, number],
  settings: DepthwiseSettings,
  set: (layer: Convolution<"depthwiseConv2d">) => void,
): Value {
  const spec = depthwiseConv2d(size, { ...settings, name: `${name}: depthwise` });
  if (input.shape.length === 3) return put(spec, [input], set);
  const row = put(reshape([1, ...input.shape], { name: `${name}: as a row` }), [input]);
  const value = put(spec, [row], set);
  return put(reshape(value.shape.slice(1), { name: `${name}: as a series` }), [value]);
}

const importDepthwise1d: LayerImporter = (context, input) => {
  expectRank(context, input, seriesAxes);
  const { size, ...options } = readWindow(context, input, 1);
  const multiplier = multiplierOf(context);
  const channels = input.shape[1];
  const shape = [size[1], channels, multiplier];
  const { kernels, bias } = takeKernels(context, [{ names: depthwiseKernel, shape }], channels * multiplier);
  const settings = { ...options, multiplier, bias: bias !== undefined, weights: fromFile };
  const value = putDepthwise(context, input, size, settings, (layer) => settle(layer, kernels[0], bias));
  return putActivation(context, value);
};

/** Over the last axis, whatever stands before it: a convolution of single positions where there is more. */
const importDense: LayerImporter = (context, input) => {
  const { config, name, put } = context;
  const units = config.integer("units", 1, 2 ** 20);
  const { kernels, bias } = takeKernels(
    context,
    [{ names: kernel, shape: [input.shape.at(-1)!, units] }],
    units,
  );
  const options = { bias: bias !== undefined, weights: fromFile, name };
  const set = (layer: Dense | Convolution<ConvolutionKind>) =>
    settle(layer, transposed(kernels[0], units), bias);
  const specs = [dense(units, options), conv1d(units, 1, options), conv2d(units, 1, options)] as const;
  const [flat, series, image] = specs;
  switch (input.shape.length) {
    case 1:
      return putActivation(context, put(flat, [input], set));
    case 2:
      return putActivation(context, put(series, [input], set));
    case 3:
      return putActivation(context, put(image, [input], set));
    default:
      throw new UserError(`takes 1 to 3 axes, found ${formatShape(input.shape)}`);
  }
};

/** Whether a layer takes the zeros before it into its own window, which reaches beyond them then. */
export function takesMargin({ className, config }: LayerContext, { margin }: Value): boolean {
  if (margin === undefined || !/Conv[12]D$/.test(className) || config.value("padding") !== "valid")
    return false;
  const axes = className.endsWith("2D") ? 2 : 1;
  const sizes = readSizes(config, "kernel_size", axes);
  const [height, width] = axes === 2 ? sizes : [Number.POSITIVE_INFINITY, sizes[0]];
  // whatever its dilation, a window reaches as far as its size
  return Math.max(margin.top, margin.bottom) < height && Math.max(margin.left, margin.right) < width;
}

export const convolutionImporters: Readonly<Record<string, LayerImporter>> = {
  Conv1D: importConv1d,
  Conv2D: importConv2d,
  Dense: importDense,
  DepthwiseConv1D: importDepthwise1d,
  DepthwiseConv2D: importDepthwise2d,
  SeparableConv1D: importSeparable(1),
  SeparableConv2D: importSeparable(2),
};
