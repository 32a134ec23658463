import type { Fields } from "../../base/fields.js";
import type { Shape, Tensor } from "../../base/tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Run } from "./layer.js";
import {
  type AxisWindow,
  checkWindow,
  describeWindows,
  expectAxes,
  imageWindows,
  type Padding,
  type Padding1d,
  type Pair,
  readWindows,
  seriesWindows,
  type WindowSettings,
} from "./window.js";

type WindowKind = "maxPool1d" | "maxPool2d" | "averagePool1d" | "averagePool2d";
type GlobalKind = "globalAveragePool1d" | "globalAveragePool2d";
export type PoolingKind = WindowKind | GlobalKind;

/** Takes the largest value or the mean under a window that moves over an image or a series; channel by channel. */
export class Pooling<Kind extends PoolingKind = PoolingKind> implements LayerBase {
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;
  readonly rectifies: "derivative by input" | undefined;

  constructor(
    readonly kind: Kind,
    readonly name: string,
    inputShape: Shape,
    readonly windows: readonly [AxisWindow, AxisWindow],
  ) {
    const spatial = windows.map(({ outSize }) => outSize).slice(3 - inputShape.length);
    const channels = inputShape[inputShape.length - 1];
    this.inputShapes = [inputShape];
    this.rectifies = kind.startsWith("max") ? "derivative by input" : undefined;
    this.outputShape = kind.startsWith("global") ? [channels] : [...spatial, channels];
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops }: Run): void {
    const sizes = this.sizes(input.shape[0]);
    if (this.isMax) ops.maxPoolForward(sizes, input.data, output.data);
    else ops.averagePoolForward(sizes, input.data, output.data);
  }

  backward(
    [input]: readonly Tensor[],
    output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops, rectifiesInput }: Run,
  ): void {
    if (inputGradient === undefined) return;
    const sizes = this.sizes(input.shape[0]);
    if (this.isMax) {
      const gradients = [outputGradient.data, inputGradient.data] as const;
      ops.maxPoolBackward(sizes, input.data, output.data, ...gradients, rectifiesInput);
    } else {
      ops.averagePoolBackward(sizes, outputGradient.data, inputGradient.data);
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    if (this.kind.startsWith("global")) return {};
    const { dilation: _, ...windows } = describeWindows(this.windows);
    return windows;
  }

  private get isMax(): boolean {
    return this.kind.startsWith("max");
  }

  private sizes(batch: number) {
    const [vertical, horizontal] = this.windows;
    const [shape] = this.inputShapes;
    return {
      batch,
      channels: shape[shape.length - 1],
      inHeight: vertical.inSize,
      inWidth: horizontal.inSize,
      outHeight: vertical.outSize,
      outWidth: horizontal.outSize,
      windowHeight: vertical.size,
      windowWidth: horizontal.size,
      strideY: vertical.stride,
      strideX: horizontal.stride,
      paddingTop: vertical.before,
      paddingLeft: horizontal.before,
    };
  }
}

export interface Pool2dOptions extends LayerOptions {
  /** Default the window's size: windows side by side. */
  readonly stride?: Pair;
  /** Default "valid". What is padded is in no window: it is neither a maximum nor counted in a mean. */
  readonly padding?: Padding;
}

export interface Pool1dOptions extends LayerOptions {
  /** Default the window's size: windows side by side. */
  readonly stride?: number;
  /** Default "valid". What is padded is in no window: it is neither a maximum nor counted in a mean. */
  readonly padding?: Padding1d;
}

const imageAxes = ["height", "width", "channels"];
const seriesAxes = ["length", "channels"];

const axesOf = (kind: PoolingKind) => (kind.endsWith("2d") ? imageAxes : seriesAxes);

function pool<Kind extends WindowKind, P extends Padding | Padding1d>(
  kind: Kind,
  size: Pair,
  options: LayerOptions & { readonly stride?: Pair; readonly padding?: P },
  place: (name: string, inputShape: Shape, window: WindowSettings<P>) => Pooling["windows"],
): LayerSpec<Pooling<Kind>> {
  const { stride = size, padding = "valid" as P } = options;
  const window = { size, stride, dilation: 1, padding };
  checkWindow(kind, window);
  return defineLayer(kind, options, ({ name, inputShapes }) => {
    const inputShape = onlyShape(inputShapes);
    expectAxes(name, inputShape, axesOf(kind));
    return new Pooling(kind, name, inputShape, place(name, inputShape, window));
  });
}

function globalPool<Kind extends GlobalKind>(kind: Kind, options: LayerOptions): LayerSpec<Pooling<Kind>> {
  return defineLayer(kind, options, ({ name, inputShapes }) =>
    createGlobal(kind, name, onlyShape(inputShapes)),
  );
}

function createGlobal<Kind extends GlobalKind>(kind: Kind, name: string, inputShape: Shape): Pooling<Kind> {
  expectAxes(name, inputShape, axesOf(kind));
  const [height, width] = kind === "globalAveragePool2d" ? inputShape : [1, inputShape[0]];
  const size = [height, width] as const;
  const whole = { size, stride: 1, dilation: 1, padding: "valid" } as const;
  return new Pooling(kind, name, inputShape, imageWindows(name, [height, width], whole));
}

/**
 * The largest value under each window. input [batch, height, width, channels] → output [batch, outHeight, outWidth,
 * channels]. The derivative goes to the first of equal largest values. Source: TensorFlow Lite's MAX_POOL_2D.
 */
export const maxPool2d = (size: Pair, options: Pool2dOptions = {}) =>
  pool("maxPool2d", size, options, imageWindows);

/** The largest value under each window of a series: [batch, length, channels] → [batch, outLength, channels]. */
export const maxPool1d = (size: number, options: Pool1dOptions = {}) =>
  pool("maxPool1d", size, options, seriesWindows);

/**
 * The mean under each window. input [batch, height, width, channels] → output [batch, outHeight, outWidth, channels].
 * Padding is not counted. Source: TensorFlow Lite's AVERAGE_POOL_2D.
 */
export const averagePool2d = (size: Pair, options: Pool2dOptions = {}) =>
  pool("averagePool2d", size, options, imageWindows);

/** The mean under each window of a series: [batch, length, channels] → [batch, outLength, channels]. */
export const averagePool1d = (size: number, options: Pool1dOptions = {}) =>
  pool("averagePool1d", size, options, seriesWindows);

/**
 * The mean of each channel: [batch, height, width, channels] → [batch, channels].
 * Source: Lin, Chen and Yan 2014, arXiv:1312.4400 §3.2; TensorFlow Lite's MEAN over height and width.
 */
export const globalAveragePool2d = (options: LayerOptions = {}) => globalPool("globalAveragePool2d", options);

/** The mean of each channel of a series: [batch, length, channels] → [batch, channels]. */
export const globalAveragePool1d = (options: LayerOptions = {}) => globalPool("globalAveragePool1d", options);

/** Rebuilds a layer of a kind from its {@link Pooling.settings}. */
export function readPooling<Kind extends WindowKind>(kind: Kind) {
  return (settings: Fields, { name, inputShapes }: RebuildContext): Pooling<Kind> => {
    const inputShape = onlyShape(inputShapes);
    expectAxes(name, inputShape, axesOf(kind));
    return new Pooling(kind, name, inputShape, readWindows(name, settings, inputShape));
  };
}

export function readGlobalPooling<Kind extends GlobalKind>(kind: Kind) {
  return (_settings: Fields, { name, inputShapes }: RebuildContext): Pooling<Kind> =>
    createGlobal(kind, name, onlyShape(inputShapes));
}
