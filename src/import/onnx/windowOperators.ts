import { elementCount, formatShape, isSameShape, type Shape, Tensor } from "../../base/tensor.js";
import { Convolution, type ConvolutionKind } from "../../train/layers/convolution.js";
import { Pad } from "../../train/layers/pad.js";
import { Pooling } from "../../train/layers/pooling.js";
import { imageWindows, seriesWindows } from "../../train/layers/window.js";
import { Activation, type Margins } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import type { Constant } from "./tensorData.js";

/** How a window moves along one axis. */
interface AxisSettings {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** [1, channels, positions…] with the channels of each position side by side: what a window moves over. */
export function asImage(context: NodeContext, value: Activation): Activation {
  const { shape, layout, batch } = value;
  const rank = shape.length;
  context.expect(
    rank === 3 || rank === 4,
    `works on ${formatShape(context.shapeOf(value))}; series [batch, channels, length] and images [batch, channels, height, width] are imported`,
  );
  context.expect(
    layout.shape[0] === 1 && (batch === undefined || batch === 0),
    `works on ${formatShape(context.shapeOf(value))}, whose first axis is not that of the samples`,
  );
  const axes = [...layout.shape.keys()].slice(2);
  if (layout.isStoredAs([...axes, 1])) return value;
  const { builder } = context;
  const { margins } = value.pending;
  const bare = new Activation(value.number, layout, batch);
  return builder
    .arrange(bare, Layout.of(layout.shape, [0, ...axes, 1]))
    .with({ ...(margins && { margins }) });
}

/** The positions that are last in ONNX and first with us. */
const positionsOf = ({ layout }: Activation): Shape => layout.shape.slice(2);

/** Source: ONNX operators, Conv and MaxPool: auto_pad, pads, strides, dilations, ceil_mode. */
function axisSettings(
  context: NodeContext,
  sizes: readonly number[],
  positions: Shape,
  margins: Margins = new Map(),
): AxisSettings[] {
  const { length } = positions;
  const list = (name: string, standard: number, count = length) => {
    const given = context.integers(name);
    const isRight =
      given === undefined || (given.length === count && given.every((n) => Number.isInteger(n)));
    if (!isRight) context.fail(`has ${name} [${given?.slice(0, 8)}]; expected ${count} numbers`);
    return given ?? Array.from({ length: count }, () => standard);
  };
  const [strides, dilations, pads] = [list("strides", 1), list("dilations", 1), list("pads", 0, 2 * length)];
  const wrong = [...sizes, ...strides, ...dilations].find((n) => !(n >= 1 && n <= 2 ** 16));
  if (wrong !== undefined || sizes.length !== length) context.fail(`has the window [${sizes.slice(0, 8)}]`);
  if (pads.some((pad) => !(pad >= 0 && pad <= 2 ** 16))) context.fail(`has pads [${pads.slice(0, 8)}]`);
  const auto = context.text("auto_pad", "NOTSET");
  return positions.map((inSize, k) => {
    const [size, stride, dilation] = [sizes[k], strides[k], dilations[k]];
    const reach = (size - 1) * dilation + 1;
    const margin = margins.get(k + 2) ?? { before: 0, after: 0 };
    const common = { size, stride, dilation };
    switch (auto) {
      case "NOTSET":
      case "":
        return { ...common, before: margin.before + pads[k], after: margin.after + pads[k + length] };
      case "VALID":
        return { ...common, ...margin };
      case "SAME_UPPER":
      case "SAME_LOWER": {
        const whole = inSize + margin.before + margin.after;
        const total = Math.max((Math.ceil(whole / stride) - 1) * stride + reach - whole, 0);
        const less = Math.floor(total / 2);
        const before = auto === "SAME_UPPER" ? less : total - less;
        return { ...common, before: margin.before + before, after: margin.after + total - before };
      }
      default:
        return context.fail(`has an auto_pad that is not known`);
    }
  });
}

function windowsOf(name: string, positions: Shape, axes: readonly AxisSettings[]) {
  const [first, second] = axes;
  if (second === undefined) {
    const { size, stride, dilation, before, after } = first;
    return seriesWindows(name, positions, { size, stride, dilation, padding: { before, after } });
  }
  return imageWindows(name, positions, {
    size: [first.size, second.size],
    stride: [first.stride, second.stride],
    dilation: [first.dilation, second.dilation],
    padding: { top: first.before, bottom: first.after, left: second.before, right: second.after },
  });
}

function convolution(context: NodeContext): Activation {
  const value = asImage(context, context.builder.materializeInside(context.activation()));
  const positions = positionsOf(value);
  const weights = context.constant(1, "weights");
  const [outChannels, perGroup, ...sizes] = weights.shape;
  const inChannels = value.layout.shape[1];
  const groups = context.integer("group", 1);
  const fits = groups >= 1 && perGroup * groups === inChannels && outChannels % groups === 0;
  if (!fits || sizes.length !== positions.length || value.pending.margins?.has(1)) {
    context.fail(
      `has weights ${formatShape(weights.shape)} in ${groups} groups for ${formatShape(context.shapeOf(value))}`,
    );
  }
  expectKernelShape(context, sizes, weights);
  const axes = axisSettings(context, sizes, positions, value.pending.margins);
  return putConvolution(context, value, { weights: weights.values, outChannels, groups, taps: sizes }, axes);
}

function expectKernelShape(context: NodeContext, sizes: readonly number[], weights: Constant): void {
  const kernel = context.integers("kernel_shape") ?? sizes;
  context.expect(
    isSameShape(kernel, sizes),
    `has kernel_shape [${kernel.slice(0, 8)}] and weights ${formatShape(weights.shape)}`,
  );
}

/** @param value an image or a series, channels last; input 2 of the node has the biases */
function putConvolution(
  context: NodeContext,
  value: Activation,
  given: Pick<Filter, "weights" | "outChannels" | "groups" | "taps">,
  axes: readonly AxisSettings[],
): Activation {
  const { builder } = context;
  const positions = positionsOf(value);
  const inChannels = value.layout.shape[1];
  const { outChannels, groups, taps } = given;
  const order = value.layout.axisIndices(1);
  const isDepthwise = groups === inChannels && groups > 1 && order.every((channel, at) => channel === at);
  const kind: ConvolutionKind = isDepthwise ? "depthwiseConv2d" : taps.length === 2 ? "conv2d" : "conv1d";
  // a depthwise series is an image of one column
  const isColumn = isDepthwise && taps.length === 1;
  const point = { size: 1, stride: 1, dilation: 1, before: 0, after: 0 };
  const [image, imageAxes] = isColumn
    ? [
        [...positions, 1],
        [...axes, point],
      ]
    : [positions, axes];
  const name = builder.name();
  const windows = windowsOf(name, image, imageAxes);
  const filter = { ...given, inChannels, order };
  const tensor = isDepthwise ? depthwiseWeights(filter, isColumn) : fullWeights(filter);
  const bias = context.has(2) ? context.constant(2, "bias").values : undefined;
  if (bias !== undefined && bias.length !== outChannels) {
    context.fail(`has ${bias.length} biases for ${outChannels} channels`);
  }
  const biases = bias && new Tensor([outChannels], Float32Array.from(bias));
  const shape = [...image, inChannels];
  const layer = new Convolution(kind, name, shape, windows, outChannels, tensor, biases);
  const number = builder.put(layer, [builder.view(value.number, shape)]);
  return imageOf(number, outChannels, layer.outputShape.slice(0, positions.length), value.batch);
}

/** What a layer gives as [1, channels, positions…] with channels last. */
function imageOf(number: number, channels: number, positions: Shape, batch: number | undefined): Activation {
  const order = [0, ...positions.map((_, k) => k + 2), 1];
  return new Activation(number, Layout.of([1, channels, ...positions], order), batch);
}

/**
 * A convolution over the input with zeros between its values: each then spreads over as many as the window is large.
 *
 * Source: Dumoulin and Visin 2016, arXiv:1603.07285 §4.5.
 */
function transposedConvolution(context: NodeContext): Activation {
  const { builder } = context;
  const given = asImage(context, context.computed());
  const positions = positionsOf(given);
  const weights = context.constant(1, "weights");
  const [inChannels, outChannels, ...sizes] = weights.shape;
  const fits = inChannels === given.layout.shape[1] && sizes.length === positions.length;
  context.expect(
    fits,
    `has weights ${formatShape(weights.shape)} for ${formatShape(context.shapeOf(given))}`,
  );
  context.expect(context.integer("group", 1) === 1, "has groups");
  context.expect(
    context.integers("output_shape") === undefined,
    "has an output_shape",
    "give pads and output_padding",
  );
  context.expect(
    context.text("auto_pad", "NOTSET") === "NOTSET",
    "has auto_pad",
    "give pads and output_padding",
  );
  expectKernelShape(context, sizes, weights);
  const settings = axisSettings(context, sizes, positions);
  const more = context.integers("output_padding") ?? positions.map(() => 0);
  const isPlain = settings.every(({ dilation }) => dilation === 1) && more.length === positions.length;
  context.expect(
    isPlain && more.every((n) => n >= 0),
    "has dilations, or an output_padding of another length",
  );
  const spread = positions.map((size, k) => size * settings[k].stride);
  const split = positions.flatMap((size) => [size, 1]);
  const zeros = settings.flatMap(({ stride }) => [0, stride - 1]);
  const channels = given.layout.shape[1];
  const from = builder.view(given.number, [...split, channels]);
  const before = [...split, channels].map(() => 0);
  const isSpread = settings.some(({ stride }) => stride > 1);
  const number = isSpread
    ? builder.put(new Pad(builder.name(), [...split, channels], before, [...zeros, 0]), [from])
    : from;
  const order = given.layout.withPositions(spread);
  let value = new Activation(number, order, given.batch);
  const axes = settings.map(({ size, stride, before: padded, after }, k) => {
    const [first, last] = [size - 1 - padded, size - stride + more[k] - after];
    context.expect(first >= 0, `has pads of ${padded} for a window of ${size}`);
    if (last < 0) value = builder.slice(value, k + 2, 0, spread[k] + last, 1);
    return { size, stride: 1, dilation: 1, before: first, after: Math.max(last, 0) };
  });
  const turned = turnedWeights(weights.values, inChannels, outChannels, sizes);
  return putConvolution(context, value, { weights: turned, outChannels, groups: 1, taps: sizes }, axes);
}

/** [inChannels, outChannels, …taps] as [outChannels, inChannels, …taps from the last to the first]. */
function turnedWeights(
  values: ArrayLike<number>,
  inChannels: number,
  outChannels: number,
  taps: Shape,
): Float32Array {
  const count = elementCount(taps);
  const turned = new Float32Array(values.length);
  for (let c = 0; c < inChannels; c++) {
    for (let o = 0; o < outChannels; o++) {
      for (let t = 0; t < count; t++) {
        turned[(o * inChannels + c) * count + t] = values[(c * outChannels + o) * count + (count - 1 - t)];
      }
    }
  }
  return turned;
}

interface Filter {
  /** [outChannels, inChannels / groups, …taps], as ONNX has them. */
  readonly weights: ArrayLike<number>;
  readonly outChannels: number;
  readonly inChannels: number;
  readonly groups: number;
  readonly taps: readonly number[];
  /** For each channel in memory: which it is. */
  readonly order: Int32Array;
}

/** [outChannels, …taps, inChannels]; with 0 for channels of other groups. */
function fullWeights({ weights, outChannels, inChannels, groups, taps, order }: Filter): Tensor {
  const tensor = new Tensor([outChannels, ...taps, inChannels]);
  const perGroup = inChannels / groups;
  const count = taps.reduce((product, size) => product * size, 1);
  for (let o = 0; o < outChannels; o++) {
    const first = Math.floor(o / (outChannels / groups)) * perGroup;
    for (let c = 0; c < inChannels; c++) {
      const own = order[c] - first;
      if (own < 0 || own >= perGroup) continue;
      for (let t = 0; t < count; t++) {
        tensor.data[(o * count + t) * inChannels + c] = weights[(o * perGroup + own) * count + t];
      }
    }
  }
  return tensor;
}

/** [1, height, width, outChannels] */
function depthwiseWeights({ weights, outChannels, taps }: Filter, isColumn: boolean): Tensor {
  const count = taps.reduce((product, size) => product * size, 1);
  const tensor = new Tensor([1, ...taps, ...(isColumn ? [1] : []), outChannels]);
  for (let o = 0; o < outChannels; o++) {
    for (let t = 0; t < count; t++) tensor.data[t * outChannels + o] = weights[o * count + t];
  }
  return tensor;
}

function pooling(context: NodeContext, what: "maxPool" | "averagePool"): Activation {
  const { builder } = context;
  let value = asImage(context, context.computed());
  const sizes = context.integers("kernel_shape") ?? context.fail("has no kernel_shape");
  let positions = positionsOf(value);
  let axes = axisSettings(context, sizes, positions);
  const isCeil = context.integer("ceil_mode", 0) === 1;
  context.expect(
    axes.every(({ dilation }) => dilation === 1),
    "has dilations, which no pooling layer has",
  );
  context.expect(context.node.outputs.length === 1, "also gives the places of the largest values");
  const isPadded = axes.some(({ before, after }) => before + after > 0);
  if (what === "averagePool" && isPadded && context.integer("count_include_pad", 0) === 1) {
    context.expect(
      !isCeil,
      "has ceil_mode with count_include_pad, of which PyTorch and onnxruntime make different means",
      "export it with ceil_mode=False, or count_include_pad=False",
    );
    const margins = new Map(axes.map(({ before, after }, k) => [k + 2, { before, after }]));
    value = asImage(context, builder.materialize(value.with({ margins })));
    positions = positionsOf(value);
    axes = axes.map((axis) => ({ ...axis, before: 0, after: 0 }));
  }
  if (isCeil) axes = axes.map((axis, k) => roundedUp(axis, positions[k]));
  const name = builder.name();
  const windows = windowsOf(name, positions, axes);
  const channels = value.layout.shape[1];
  const shape = [...positions, channels];
  const kind = `${what}${positions.length === 1 ? "1d" : "2d"}` as const;
  const layer = new Pooling(kind, name, shape, windows);
  const number = builder.put(layer, [builder.view(value.number, shape)]);
  const layout = value.layout.withPositions(layer.outputShape.slice(0, positions.length));
  return new Activation(number, layout, value.batch);
}

/** A last window that reaches beyond the end counts, unless it begins there: what is missing becomes padding. */
function roundedUp(axis: AxisSettings, inSize: number): AxisSettings {
  const { size, stride, before, after } = axis;
  let windows = Math.ceil((inSize + before + after - size) / stride) + 1;
  if ((windows - 1) * stride >= inSize + before) windows--;
  return { ...axis, after: Math.max(after, (windows - 1) * stride + size - inSize - before) };
}

const windowAttributes = ["auto_pad", "dilations", "kernel_shape", "pads", "strides"];

/** Layers whose windows move over images and series. */
export const windowOperators: Readonly<Record<string, OnnxOperator>> = {
  ConvTranspose: {
    attributes: [...windowAttributes, "group", "output_padding", "output_shape"],
    apply: (context) => [transposedConvolution(context)],
  },
  Conv: { attributes: [...windowAttributes, "group"], apply: (context) => [convolution(context)] },
  MaxPool: {
    attributes: [...windowAttributes, "ceil_mode", "storage_order"],
    apply: (context) => [pooling(context, "maxPool")],
  },
  AveragePool: {
    attributes: [...windowAttributes, "ceil_mode", "count_include_pad"],
    apply: (context) => [pooling(context, "averagePool")],
  },
};
