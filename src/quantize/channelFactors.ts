import type { Quantization } from "../network/quantizedNetwork.js";
import type { Rounded } from "../network/rounding.js";

/**
 * input scale · weight scale / output scale, one for each output channel of a convolution of any kind. The product is
 * in double precision, also where all channels share one weight scale.
 *
 * Source: TensorFlow Lite kernel_util.cc PopulateConvolutionQuantizationParams; onnxruntime's QLinearConv for its rounding.
 */
export function channelFactors(
  layer: Rounded & { readonly weightScales: readonly number[]; readonly bias: Int32Array },
  input: Quantization,
  output: Quantization,
): number[] {
  const { weightScales } = layer;
  return Array.from(layer.bias, (_, channel) => {
    const weightScale = weightScales[weightScales.length === 1 ? 0 : channel]!;
    return layer.rounding === "nearestEven"
      ? Math.fround(Math.fround(input.scale * weightScale) / output.scale)
      : (input.scale * weightScale) / output.scale;
  });
}
