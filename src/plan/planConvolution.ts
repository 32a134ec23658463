import { expectAccumulatorsFit, type IntegerRange } from "../quantize/accumulatorBounds.js";
import { channelFactors } from "../quantize/channelFactors.js";
import type { QuantizedConvolution } from "../quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { settleRescale } from "./settleRescale.js";
import { windowOverlap } from "./windowOverlap.js";

/**
 * The largest magnitude that any partial sum can reach, one for each output channel, whatever the order of summation,
 * whichever taps lie outside, and wherever the input's zero point is taken off: before the product, in the bias, or
 * not at all: |bias| + Σ |weight| · (largest |input| + |zero point|).
 */
export function convolutionBounds(
  { weights, bias }: Pick<QuantizedConvolution, "weights" | "bias">,
  inputZeroPoint: number,
  input: IntegerRange,
): number[] {
  const taps = weights.length / bias.length;
  const largest = Math.max(Math.abs(input.min), Math.abs(input.max)) + Math.abs(inputZeroPoint);
  return Array.from(bias, (value, o) => {
    const row = weights.subarray(o * taps, (o + 1) * taps);
    return Math.abs(value) + largest * row.reduce((sum, weight) => sum + Math.abs(weight), 0);
  });
}

/**
 * Settles every number of a convolution for the kernel that runs it.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planConvolution(
  layer: QuantizedConvolution,
  { inputs: [input], inputRanges: [inputRange], output }: LayerContext,
): KernelChoice {
  const [inHeight, inWidth, inChannels] = input.shape as [number, number, number];
  const [outHeight, outWidth, outChannels] = output.shape as [number, number, number];
  const factors = channelFactors(layer, input.quantization, output.quantization);
  const bounds = convolutionBounds(layer, input.quantization.zeroPoint, inputRange);
  expectAccumulatorsFit(layer.name, bounds, factors);
  return {
    kernel: "convolution",
    layer: {
      inHeight,
      inWidth,
      inChannels,
      outHeight,
      outWidth,
      outChannels,
      kernelHeight: layer.kernelSize[0],
      kernelWidth: layer.kernelSize[1],
      strideY: layer.strides[0],
      strideX: layer.strides[1],
      dilationY: layer.dilations[0],
      dilationX: layer.dilations[1],
      paddingTop: layer.padding.top,
      paddingLeft: layer.padding.left,
      inputZeroPoint: input.quantization.zeroPoint,
      weights: layer.weights,
      bias: layer.bias,
      ...settleRescale(factors),
      outputZeroPoint: output.quantization.zeroPoint,
      activationMin: layer.activationMin,
      activationMax: layer.activationMax,
    },
    macs: outHeight * outWidth * layer.weights.length,
    parameters: layer.weights.length + layer.bias.length,
    overlaps: [{ input: 0, distance: windowOverlap(layer, input, output, { dilations: layer.dilations }) }],
  };
}
