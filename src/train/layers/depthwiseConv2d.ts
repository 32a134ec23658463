import type { Shape } from "../../base/tensor.js";
import { type Conv2dOptions, expectChannels } from "./conv2d.js";
import { type Convolution, createConvolution, readConvolution } from "./convolution.js";
import { defineLayer, type LayerSpec, onlyShape } from "./graph.js";
import { he } from "./initializers.js";
import { checkWindow, expectAxes, imageWindows, type Pair } from "./window.js";

export interface DepthwiseConv2dOptions extends Conv2dOptions {
  /** Filters for each channel; default 1. */
  readonly multiplier?: number;
}

const expectImage = (name: string, inputShape: Shape) =>
  expectAxes(name, inputShape, ["height", "width", "channels"]);

/**
 * Depthwise convolution: every channel c has filters of its own; output channel o = c · multiplier + m is of c:
 *
 *   output[b, y, x, o] = bias[o] + Σ weights[0, ky, kx, o] · input[b, y·stride + ky·dilation − top, …, c]
 *
 *   input    [batch, height, width, channels]
 *   weights  [1, size, size, channels · multiplier]
 *   bias     [channels · multiplier], or none
 *   output   [batch, outHeight, outWidth, channels · multiplier]
 *
 * @param size of the filter: one number, or [height, width]
 * @throws UserError when built on an input that is not [height, width, channels], or smaller than the filter
 * Source: Howard et al. 2017, arXiv:1704.04861 §3.1, eq. 3; layout as TensorFlow Lite's DEPTHWISE_CONV_2D.
 */
export function depthwiseConv2d(
  size: Pair,
  options: DepthwiseConv2dOptions = {},
): LayerSpec<Convolution<"depthwiseConv2d">> {
  const { stride = 1, dilation = 1, padding = "same", multiplier = 1 } = options;
  const window = { size, stride, dilation, padding };
  expectChannels("depthwiseConv2d: multiplier", multiplier);
  checkWindow("depthwiseConv2d", window);
  return defineLayer("depthwiseConv2d", options, (context) => {
    const inputShape = onlyShape(context.inputShapes);
    expectImage(context.name, inputShape);
    const windows = imageWindows(context.name, inputShape, window);
    return createConvolution("depthwiseConv2d", context, windows, inputShape[2] * multiplier, options, he);
  });
}

export const readDepthwiseConv2d = readConvolution("depthwiseConv2d", expectImage);
