import { expectAccumulatorsFit, type IntegerRange } from "../quantize/accumulatorBounds.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { QuantizedDepthwiseConvolution } from "../quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { imageShape, windowArguments } from "./windowArguments.js";

/**
 * The largest magnitude that any partial sum of bias, weight · input and weight · zero point can reach, one for each
 * output channel: |bias| + Σ |weight| · (largest |input| + |zero point|). It holds for every order of summation, for
 * every part of the window that lies in the image, and with the zero point folded into the bias or not.
 */
export function windowAccumulatorBounds(
  { weights, bias }: Pick<QuantizedDepthwiseConvolution, "weights" | "bias">,
  inputZeroPoint: number,
  input: IntegerRange,
): number[] {
  const largestInput = Math.max(Math.abs(input.min), Math.abs(input.max)) + Math.abs(inputZeroPoint);
  return Array.from(bias, (value, o) => {
    let magnitude = 0;
    for (let tap = o; tap < weights.length; tap += bias.length) magnitude += Math.abs(weights[tap]!);
    return Math.abs(value) + magnitude * largestInput;
  });
}

/**
 * Settles every number of a depthwise convolution for the reference kernel.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planDepthwiseConvolution(
  layer: QuantizedDepthwiseConvolution,
  { inputs: [input], inputRanges: [inputRange], output }: LayerContext,
): KernelChoice {
  const window = windowArguments(layer, input, output);
  const outChannels = layer.bias.length;
  const inChannels = imageShape(input)[2];
  // in double precision, as TFLM's PopulateConvolutionQuantizationParams has it
  const factors = layer.weightScales.map(
    (scale) => (input.quantization.scale * scale) / output.quantization.scale,
  );
  const { zeroPoint } = input.quantization;
  expectAccumulatorsFit(layer.name, windowAccumulatorBounds(layer, zeroPoint, inputRange), factors);
  const multipliers = factors.map(quantizeMultiplier);
  const leftShift = Uint8Array.from(multipliers, (m) => m.leftShift);
  const hasLeftShift = leftShift.some((shift) => shift > 0);
  return {
    kernel: "depthwiseConvolution",
    layer: {
      ...window,
      inChannels,
      channelMultiplier: outChannels / inChannels,
      dilationY: layer.dilations[0],
      dilationX: layer.dilations[1],
      inputZeroPoint: zeroPoint,
      weights: layer.weights,
      bias: layer.bias,
      multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
      rightShift: Uint8Array.from(multipliers, (m) => m.rightShift),
      leftShift: hasLeftShift ? leftShift : new Uint8Array(0),
      hasLeftShift: Number(hasLeftShift),
      outputZeroPoint: output.quantization.zeroPoint,
      activationMin: layer.activationMin,
      activationMax: layer.activationMax,
    },
    macs: window.outHeight * window.outWidth * layer.weights.length,
    parameters: layer.weights.length + outChannels,
  };
}
