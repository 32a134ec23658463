import type { Quantization, QuantizedFullyConnected } from "../network/quantizedNetwork.js";
import { channelFactors } from "./channelFactors.js";

/**
 * input scale · weight scale / output scale, one for each output.
 *
 * TFLM multiplies the two scales in double precision where the weights have a scale for each output, but in single
 * precision where they share one.
 *
 * Source: TensorFlow Lite kernel_util.cc PopulateConvolutionQuantizationParams, GetQuantizedConvolutionMultipler.
 */
export function fullyConnectedFactors(
  layer: Pick<QuantizedFullyConnected, "weightScales" | "bias" | "rounding">,
  input: Quantization,
  output: Quantization,
): number[] {
  const { weightScales } = layer;
  if (layer.rounding === "nearestEven") return channelFactors(layer, input, output);
  if (weightScales.length === 1) {
    const factor = Math.fround(input.scale * weightScales[0]!) / output.scale;
    return new Array<number>(layer.bias.length).fill(factor);
  }
  return weightScales.map((weightScale) => (input.scale * weightScale) / output.scale);
}
