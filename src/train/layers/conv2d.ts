import { UserError } from "../../base/errors.js";
import type { Shape } from "../../base/tensor.js";
import {
  type Convolution,
  type ConvolutionOptions,
  createConvolution,
  readConvolution,
} from "./convolution.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import { he } from "./initializers.js";
import { checkWindow, expectAxes, imageWindows, type Padding, type Pair } from "./window.js";

export interface Conv2dOptions extends LayerOptions, ConvolutionOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Default 1. */
  readonly dilation?: Pair;
  /** Default "same". */
  readonly padding?: Padding;
}

const expectImage = (name: string, inputShape: Shape) =>
  expectAxes(name, inputShape, ["height", "width", "channels"]);

/**
 * Two-dimensional convolution, in the sense of neural networks (the filter is not turned):
 *
 *   output[b, y, x, o] = bias[o] + Σ weights[o, ky, kx, c] · input[b, y·stride + ky·dilation − top, …, c]
 *
 *   input    [batch, height, width, channels]
 *   weights  [filters, size, size, channels]
 *   bias     [filters], or none
 *   output   [batch, outHeight, outWidth, filters]
 *
 * @param size of the filter: one number, or [height, width]
 * @throws UserError when built on an input that is not [height, width, channels], or smaller than the filter
 * Source: LeCun et al. 1998, Proc. IEEE 86(11), §II.A; padding and layout as TensorFlow Lite's CONV_2D.
 */
export function conv2d(
  filters: number,
  size: Pair,
  options: Conv2dOptions = {},
): LayerSpec<Convolution<"conv2d">> {
  const { stride = 1, dilation = 1, padding = "same" } = options;
  const window = { size, stride, dilation, padding };
  expectChannels("conv2d(filters, size): filters", filters);
  checkWindow("conv2d", window);
  return defineLayer("conv2d", options, (context) => {
    const inputShape = onlyShape(context.inputShapes);
    expectImage(context.name, inputShape);
    const windows = imageWindows(context.name, inputShape, window);
    return createConvolution("conv2d", context, windows, filters, options, he);
  });
}

export const readConv2d = readConvolution("conv2d", expectImage);

/** @throws UserError unless it is an integer above 0 */
export function expectChannels(what: string, count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new UserError(`${what} must be an integer above 0, found ${count}`);
  }
}
