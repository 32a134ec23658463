import type { Shape } from "../../base/tensor.js";
import { expectChannels } from "./conv2d.js";
import {
  type Convolution,
  type ConvolutionOptions,
  createConvolution,
  readConvolution,
} from "./convolution.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import { he } from "./initializers.js";
import { checkWindow, expectAxes, type Padding1d, seriesWindows } from "./window.js";

export interface Conv1dOptions extends LayerOptions, ConvolutionOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Default 1. */
  readonly dilation?: number;
  /** Default "same". */
  readonly padding?: Padding1d;
}

const expectSeries = (name: string, inputShape: Shape) =>
  expectAxes(name, inputShape, ["length", "channels"]);

/**
 * One-dimensional convolution over a series, {@link conv2d} of an image of one row:
 *
 *   output[b, x, o] = bias[o] + Σ weights[o, k, c] · input[b, x·stride + k·dilation − before, c]
 *
 *   input    [batch, length, channels]
 *   weights  [filters, size, channels]
 *   bias     [filters], or none
 *   output   [batch, outLength, filters]
 *
 * @throws UserError when built on an input that is not [length, channels], or shorter than the filter
 * Source: Waibel et al. 1989, IEEE Trans. ASSP 37(3), §II (time-delay network).
 */
export function conv1d(
  filters: number,
  size: number,
  options: Conv1dOptions = {},
): LayerSpec<Convolution<"conv1d">> {
  const { stride = 1, dilation = 1, padding = "same" } = options;
  const window = { size, stride, dilation, padding };
  expectChannels("conv1d(filters, size): filters", filters);
  checkWindow("conv1d", window);
  return defineLayer("conv1d", options, (context) => {
    const inputShape = onlyShape(context.inputShapes);
    expectSeries(context.name, inputShape);
    const windows = seriesWindows(context.name, inputShape, window);
    return createConvolution("conv1d", context, windows, filters, options, he);
  });
}

export const readConv1d = readConvolution("conv1d", expectSeries);
