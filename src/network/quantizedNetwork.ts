import type { Shape } from "../base/tensor.js";
import type { OwnKernel } from "./ownKernel.js";
import type { QuantizedAudioLayer } from "./quantizedAudioLayers.js";
import type { QuantizedNearestCentroid, QuantizedSquaredDistance } from "./quantizedDistances.js";
import type { LayerBase, QuantizedStateLayer } from "./quantizedStateLayers.js";
import type {
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedPooling,
} from "./quantizedWindowLayers.js";
import type { Rounded, SettledProduct, SettledSum } from "./rounding.js";
import type { QuantizedSignalLayer } from "./signalBlocks.js";
import type { IntegerTrees } from "./treeTables.js";

export type { QuantizedAudioFeatures, QuantizedAudioStream } from "./quantizedAudioLayers.js";
export type { QuantizedNearestCentroid, QuantizedSquaredDistance } from "./quantizedDistances.js";
export type {
  QuantizedDetection,
  QuantizedLstm,
  QuantizedRecurrent,
  QuantizedStreamWindow,
} from "./quantizedStateLayers.js";

export type {
  Padding,
  Pair,
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedPooling,
  WindowSettings,
} from "./quantizedWindowLayers.js";

/**
 * real = scale · (q − zeroPoint). The scale is a float32 value (TFLite stores it so); the zero point is one of q, but for
 * the network's borders, whose real values may lie far from 0: there it is an int32.
 */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Something with a quantization; read it by `quantizationOf` (src/network/quantization.ts). */
export interface Quantized {
  /** One for all, or one for each index of the last axis: raw inputs, whose columns have units of their own. */
  readonly quantization: Quantization | readonly Quantization[];
}

/** What an activation's elements are; int32 are outputs alone. */
export type ElementType = "int8" | "int16" | "int32";

/** Values of an activation, one sample. */
export type ActivationData = Int8Array | Int16Array | Int32Array;

/** An activation: what flows between layers. Its shape has no batch axis; images are [height, width, channels]. */
export interface QuantizedTensor extends Quantized {
  readonly name: string;
  readonly shape: Shape;
  readonly elementType: ElementType;
}

/** What a user's own values are, from which an input is made, or which an output becomes. */
export type Border = "int8" | "uint8" | "int16" | "int32" | "float32";

/** What a user gives or takes: an input or output of the network. Nothing here changes what a device computes. */
export interface Port {
  /** Index into {@link QuantizedNetwork.tensors}. */
  readonly tensor: number;
  readonly name: string;
  /** What the file's own users hold: their arrays are taken as they are. */
  readonly border: Border;
  /** Columns of an input's last axis, or an output's classes, where they have names; print them by src/base/printable.ts only. */
  readonly labels?: readonly string[];
  /** Axis order of the user's arrays, where it is not ours: [2, 0, 1] for channels first. */
  readonly axes?: readonly number[];
  /** Of an output of one value that is how far a sample is from what is normal: above it, it is an anomaly. 0 or more. */
  readonly threshold?: number;
}

/** A tensor that keeps its values from one run to the next. One layer writes it, which reads what it held before. */
export interface State {
  /** Index into {@link QuantizedNetwork.tensors}. */
  readonly tensor: number;
  /** What it holds before the first run: one value for all, or one for each element. */
  readonly reset: number | Int8Array | Int16Array;
}

/**
 * output = clamp(requantize(bias + weights · (input − input zero point)) + output zero point)
 *
 * Source: TFLite int8 quantization specification, FULLY_CONNECTED.
 */
export interface QuantizedFullyConnected extends LayerBase, Rounded {
  readonly kind: "fullyConnected";
  /** Rows of inFeatures values, each of which gives a row of the output. Default 1. */
  readonly rows?: number;
  /** int8 [outFeatures, inFeatures], symmetric (zero point 0). */
  readonly weights: Int8Array;
  /** One scale per output feature, or a single one for all: [outFeatures] or [1]. Float32 values. */
  readonly weightScales: readonly number[];
  /** int32 [outFeatures], scale = input scale · weight scale, zero point 0. */
  readonly bias: Int32Array;
  /** The fused activation's clamp in output steps; no activation is [−128, 127], ReLU is [output zero point, 127]. */
  readonly activationMin: number;
  readonly activationMax: number;
}

/**
 * output = exp(beta · input) / Σ exp(beta · input) over the last axis; output scale 1/256, zero point −128.
 *
 * Source: TFLite int8 quantization specification, SOFTMAX.
 */
export interface QuantizedSoftmax extends LayerBase {
  readonly kind: "softmax";
  readonly beta: number;
}

/**
 * output = clamp((input − offset) · factor), feature by feature along the last axis, on real values: raw measurements
 * become activations.
 *
 * The offset is in input steps with {@link normalizationFractionBits} bits after the point:
 * output = requantize(input · 2^bits − offset, factor) + output zero point.
 */
export interface QuantizedNormalization extends LayerBase {
  readonly kind: "normalization";
  /** int32 [features] */
  readonly offsets: Int32Array;
  /** Output steps for one input step, [features]: real factor · input scale / output scale. Positive. */
  readonly factors: readonly number[];
}

/** Bits after the point of {@link QuantizedNormalization.offsets}: two int16 apart by 2^16, times 2^13, fit int32. */
export const normalizationFractionBits = 13;

/** output = table[input + 128]: an activation function as all its 256 results; of int16 by lines between each 128th one. */
export interface QuantizedLookup extends LayerBase {
  readonly kind: "lookup";
  /** What the table computes, for reports: "sigmoid". */
  readonly activation: string;
  /** int8 [256], for the inputs −128..127; int16 [513], for −32768, −32640, … 32768. */
  readonly table: Int8Array | Int16Array;
}

/** What an {@link OwnKernel} makes of int8 values of one shape: int8 values of another. */
export interface QuantizedOwn extends LayerBase {
  readonly kind: "own";
  readonly kernel: OwnKernel;
  /** The kernel's layer argument: int32 numbers, which are folded into the code, */
  readonly numbers: Readonly<Record<string, number>>;
  /** and arrays, which become tables in flash. */
  readonly tables: Readonly<Record<string, Int8Array | Uint8Array | Int32Array>>;
}

/**
 * The mean (or the sum) over the rows and columns of [height, width, channels], with scales of its own.
 *
 * Source: TFLite int8 quantization specification, MEAN, SUM.
 */
export interface QuantizedMean<Kind extends "mean" | "sum" = "mean" | "sum"> extends LayerBase, Rounded {
  readonly kind: Kind;
}

/** What is made of two values: prelu is x where it is 0 or more, else x · y. */
export type ArithmeticKind = "add" | "maximum" | "minimum" | "multiply" | "prelu" | "subtract";

/**
 * One value of two, in real numbers. An axis of size 1, or one that a tensor does not have in front of its others, is
 * repeated to fill the other's. The larger and the smaller of two share scale and zero point with the output.
 *
 * Source: TFLite int8 quantization specification, ADD, MUL, SUB, MAXIMUM, MINIMUM, PRELU.
 */
export interface QuantizedArithmetic<Kind extends ArithmeticKind = ArithmeticKind> extends LayerBase {
  readonly kind: Kind;
  readonly activationMin: number;
  readonly activationMax: number;
  /** How a sum or a product of two of one shape is made, where that is not TensorFlow Lite Micro's way. */
  readonly sum?: SettledSum;
  readonly product?: SettledProduct;
}

/** The same values in every run; it has no inputs. */
export interface QuantizedConstant extends LayerBase {
  readonly kind: "constant";
  /** int8, as many as the output has. */
  readonly values: Int8Array;
}

/** Inputs behind each other along one axis; all share scale and zero point with the output. */
export interface QuantizedConcatenation extends LayerBase {
  readonly kind: "concatenation";
  /** 0..rank − 1 */
  readonly axis: number;
}

/**
 * An image of another height and width. Input and output share scale and zero point.
 *
 * Source: TFLM RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR.
 */
export interface QuantizedResize extends LayerBase {
  readonly kind: "resize";
  readonly method: "nearest" | "bilinear";
  /** The outermost values of both lie at the same place. */
  readonly alignCorners: boolean;
  /** A value lies in the middle of its pixel. */
  readonly halfPixelCenters: boolean;
}

/** The same values in the same order, in another shape. */
export interface QuantizedReshape extends LayerBase {
  readonly kind: "reshape";
}

/**
 * Some of the input's values in another order: output[i] is the input's value start + Σ index of i along an axis · stride
 * of the axis, with the output's values row by row over `sizes`. Input and output share scale and zero point.
 */
export interface QuantizedCopy extends LayerBase {
  readonly kind: "copy";
  readonly start: number;
  readonly sizes: readonly number[];
  /** Values, one for each axis; 0 repeats, below 0 goes back. */
  readonly strides: readonly number[];
}

/** Values of `value` before and behind the input's along each axis. Input and output share scale and zero point. */
export interface QuantizedPad extends LayerBase {
  readonly kind: "pad";
  /** One number for each axis. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** int8 */
  readonly value: number;
}

/**
 * The same real values in another scale and zero point.
 *
 * Source: TFLite int8 quantization specification, QUANTIZE with an int8 input.
 */
export interface QuantizedRequantize extends LayerBase {
  readonly kind: "requantize";
}

/** Decision trees over the columns of an int16 input. */
export interface QuantizedTrees extends LayerBase, IntegerTrees {
  readonly kind: "treeEnsemble";
}

/** A layer of a {@link QuantizedNetwork}; `kind` tells which. */
export type QuantizedLayer =
  | QuantizedArithmetic<"add">
  | QuantizedArithmetic<"maximum">
  | QuantizedArithmetic<"minimum">
  | QuantizedArithmetic<"multiply">
  | QuantizedArithmetic<"prelu">
  | QuantizedArithmetic<"subtract">
  | QuantizedAudioLayer
  | QuantizedConcatenation
  | QuantizedConstant
  | QuantizedConvolution
  | QuantizedCopy
  | QuantizedDepthwiseConvolution
  | QuantizedFullyConnected
  | QuantizedLookup
  | QuantizedMean<"mean">
  | QuantizedMean<"sum">
  | QuantizedNearestCentroid
  | QuantizedNormalization
  | QuantizedOwn
  | QuantizedPad
  | QuantizedPooling<"averagePool">
  | QuantizedPooling<"maxPool">
  | QuantizedRequantize
  | QuantizedReshape
  | QuantizedResize
  | QuantizedSignalLayer
  | QuantizedSoftmax
  | QuantizedSquaredDistance
  | QuantizedStateLayer
  | QuantizedTrees;

/**
 * A network in integers, independent of any target: the one type between training (or import) and planning.
 * Layers stand in an order in which they can run.
 */
export interface QuantizedNetwork {
  readonly name: string;
  readonly tensors: readonly QuantizedTensor[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly states: readonly State[];
  readonly layers: readonly QuantizedLayer[];
  /** Of a stream: runs after a reset whose outputs do not count, as what they look at began before it. Default 0. */
  readonly fillRuns?: number;
}
