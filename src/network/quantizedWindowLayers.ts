import type { LayerBase } from "./quantizedStateLayers.js";
import type { Rounded } from "./rounding.js";

/** What a value means in the vertical and in the horizontal direction. */
export type Pair = readonly [vertical: number, horizontal: number];

/** Rows and columns around an input of which every value is real 0: the input's zero point. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** How a window moves over an image [height, width, channels]. 1-D signals are images [length, 1, channels]. */
export interface WindowSettings {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

/**
 * output[y, x, o] = clamp(requantize(bias[o] + Σ weights[o, ky, kx, i] · (input[…] − input zero point)) + zero point)
 * where input[…] is at row y · stride + ky · dilation − padding, in the same way for columns.
 *
 * Source: TFLite int8 quantization specification, CONV_2D.
 */
export interface QuantizedConvolution extends LayerBase, Rounded, WindowSettings {
  readonly kind: "convolution";
  readonly dilations: Pair;
  /** int8 [outChannels, kernelHeight, kernelWidth, inChannels], symmetric (zero point 0). */
  readonly weights: Int8Array;
  /** [outChannels]. Float32 values. */
  readonly weightScales: readonly number[];
  /** int32 [outChannels], scale = input scale · weight scale, zero point 0. */
  readonly bias: Int32Array;
  readonly activationMin: number;
  readonly activationMax: number;
}

/**
 * A convolution in which output channel o sees only input channel floor(o / multiplier), with
 * multiplier = outChannels / inChannels, a whole number.
 *
 * Source: TFLite int8 quantization specification, DEPTHWISE_CONV_2D.
 */
export interface QuantizedDepthwiseConvolution extends LayerBase, Rounded, WindowSettings {
  readonly kind: "depthwiseConvolution";
  readonly dilations: Pair;
  /** int8 [kernelHeight, kernelWidth, outChannels], symmetric (zero point 0). */
  readonly weights: Int8Array;
  /** [outChannels]. Float32 values. */
  readonly weightScales: readonly number[];
  /** int32 [outChannels], scale = input scale · weight scale, zero point 0. */
  readonly bias: Int32Array;
  readonly activationMin: number;
  readonly activationMax: number;
}

/**
 * The mean (or the largest) of the values under a window; padding is not counted. Input and output share scale and
 * zero point.
 *
 * Source: TFLite int8 quantization specification, AVERAGE_POOL_2D, MAX_POOL_2D.
 */
export interface QuantizedPooling<Kind extends "averagePool" | "maxPool" = "averagePool" | "maxPool">
  extends LayerBase,
    WindowSettings {
  readonly kind: Kind;
  readonly activationMin: number;
  readonly activationMax: number;
}
