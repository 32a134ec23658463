import type { Fields } from "../../base/fields.js";
import { type Shape, Tensor } from "../../base/tensor.js";
import type { Penalty } from "../losses/penalties.js";
import type { ConvolutionSizes } from "../ops/convolution.js";
import type { Ops } from "../ops/index.js";
import { onlyShape } from "./graph.js";
import type { Initializer } from "./initializers.js";
import {
  type BuildContext,
  createParameter,
  type LayerBase,
  type LayerSetting,
  type Parameter,
  type RebuildContext,
  type Run,
} from "./layer.js";
import { type AxisWindow, describeWindows, readWindows } from "./window.js";

export type ConvolutionKind = "conv1d" | "conv2d" | "depthwiseConv2d";
export type Windows = readonly [vertical: AxisWindow, horizontal: AxisWindow];

const gradientLoops = (kind: ConvolutionKind, ops: Ops) =>
  kind === "depthwiseConv2d"
    ? ([ops.depthwiseWeightGradient, ops.depthwiseInputGradient] as const)
    : ([ops.convolutionWeightGradient, ops.convolutionInputGradient] as const);

/**
 * A convolution with trained weights; conv1d.ts, conv2d.ts and depthwiseConv2d.ts say what each kind computes. A series
 * [length, channels] is computed as an image of one row.
 */
export class Convolution<Kind extends ConvolutionKind = ConvolutionKind> implements LayerBase {
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly weights: Parameter;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly macs: number;
  readonly rectifies: "output" | undefined;
  private readonly sizes: Omit<ConvolutionSizes, "batch">;
  /** By batch: an engine keeps what it worked out of an object of sizes. */
  private readonly sizesOfBatches = new Map<number, ConvolutionSizes>();

  /** @param bias [outChannels], or none */
  constructor(
    readonly kind: Kind,
    readonly name: string,
    inputShape: Shape,
    readonly windows: Windows,
    readonly outChannels: number,
    weights: Tensor,
    bias: Tensor | undefined,
    penalty?: Penalty,
  ) {
    const [vertical, horizontal] = windows;
    const inChannels = inputShape[inputShape.length - 1];
    const spatial = [vertical.outSize, horizontal.outSize].slice(3 - inputShape.length);
    this.inputShapes = [inputShape];
    this.outputShape = [...spatial, outChannels];
    this.weights = createParameter("weights", weights, { isWeight: true, penalty });
    this.bias = bias && createParameter("bias", bias);
    this.parameters = this.bias === undefined ? [this.weights] : [this.weights, this.bias];
    this.rectifies = kind === "depthwiseConv2d" ? undefined : "output";
    this.macs = vertical.outSize * horizontal.outSize * weights.data.length;
    this.sizes = {
      inHeight: vertical.inSize,
      inWidth: horizontal.inSize,
      inChannels,
      outHeight: vertical.outSize,
      outWidth: horizontal.outSize,
      outChannels,
      filterHeight: vertical.size,
      filterWidth: horizontal.size,
      strideY: vertical.stride,
      strideX: horizontal.stride,
      dilationY: vertical.dilation,
      dilationX: horizontal.dilation,
      paddingTop: vertical.before,
      paddingLeft: horizontal.before,
    };
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops, rectifiesOutput }: Run): void {
    const sizes = this.sizesOf(input.shape[0]);
    const values = [input.data, this.weights.value.data, this.bias?.value.data, output.data] as const;
    if (this.kind === "depthwiseConv2d") ops.depthwiseForward(sizes, ...values);
    else ops.convolutionForward(sizes, ...values, rectifiesOutput);
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    const [addWeightGradient, computeInputGradient] = gradientLoops(this.kind, ops);
    const sizes = this.sizesOf(input.shape[0]);
    addWeightGradient(sizes, input.data, outputGradient.data, this.weights.gradient.data);
    if (this.bias !== undefined) {
      const rows = outputGradient.data.length / this.outChannels;
      ops.addColumnSums(rows, this.outChannels, outputGradient.data, this.bias.gradient.data);
    }
    if (inputGradient !== undefined) {
      computeInputGradient(sizes, outputGradient.data, this.weights.value.data, inputGradient.data);
    }
  }

  private sizesOf(batch: number): ConvolutionSizes {
    let sizes = this.sizesOfBatches.get(batch);
    if (sizes === undefined) {
      sizes = { ...this.sizes, batch };
      this.sizesOfBatches.set(batch, sizes);
    }
    return sizes;
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {
      channels: this.outChannels,
      ...describeWindows(this.windows),
      bias: this.bias !== undefined,
    };
  }
}

export interface ConvolutionOptions {
  /** Default true; starts at zero. */
  readonly bias?: boolean;
  /** Default `he`. */
  readonly weights?: Initializer;
  /** On the weights, beside one of the whole network. */
  readonly penalty?: Penalty;
}

/** The weights' shape of each kind. */
function weightShape(kind: ConvolutionKind, inputShape: Shape, [v, h]: Windows, outChannels: number): Shape {
  const inChannels = inputShape[inputShape.length - 1];
  switch (kind) {
    case "conv1d":
      return [outChannels, h.size, inChannels];
    case "conv2d":
      return [outChannels, v.size, h.size, inChannels];
    case "depthwiseConv2d":
      return [1, v.size, h.size, outChannels];
  }
}

/** A convolution with fresh weights. */
export function createConvolution<Kind extends ConvolutionKind>(
  kind: Kind,
  { name, inputShapes, dtype, random }: BuildContext,
  windows: Windows,
  outChannels: number,
  { bias = true, weights: initialize, penalty }: ConvolutionOptions,
  standard: Initializer,
): Convolution<Kind> {
  const inputShape = onlyShape(inputShapes);
  const shape = weightShape(kind, inputShape, windows, outChannels);
  const taps = windows[0].size * windows[1].size;
  const inChannels = inputShape[inputShape.length - 1];
  const isDepthwise = kind === "depthwiseConv2d";
  const weights = Tensor.zeros(shape, dtype);
  (initialize ?? standard)(weights, random, {
    fanIn: isDepthwise ? taps : taps * inChannels,
    fanOut: isDepthwise ? (taps * outChannels) / inChannels : taps * outChannels,
  });
  const zeros = bias ? Tensor.zeros([outChannels], dtype) : undefined;
  return new Convolution(kind, name, inputShape, windows, outChannels, weights, zeros, penalty);
}

/** Rebuilds a layer of a kind from its {@link Convolution.settings}. */
export function readConvolution<Kind extends ConvolutionKind>(
  kind: Kind,
  expectInput: (name: string, inputShape: Shape) => void,
) {
  return (settings: Fields, { name, inputShapes, parameter }: RebuildContext): Convolution<Kind> => {
    const inputShape = onlyShape(inputShapes);
    expectInput(name, inputShape);
    const windows = readWindows(name, settings, inputShape);
    const channels = settings.integer("channels", 1, 2 ** 20);
    if (kind === "depthwiseConv2d" && channels % inputShape[2] !== 0) {
      settings.fail("channels", `a multiple of the input's ${inputShape[2]} channels`);
    }
    const weights = parameter("weights", weightShape(kind, inputShape, windows, channels));
    const bias = settings.boolean("bias") ? parameter("bias", [channels]) : undefined;
    return new Convolution(kind, name, inputShape, windows, channels, weights, bias);
  };
}
