import { UserError } from "../base/errors.js";
import { integerRanges } from "../network/elementTypes.js";
import { quantizationOf } from "../network/quantization.js";
import type {
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedTensor,
} from "../network/quantizedNetwork.js";
import { channelFactors } from "../quantize/channelFactors.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { imageShape, windowArguments } from "./windowArguments.js";
import { windowOverlap } from "./windowOverlap.js";

/** Factors have a left shift of 7 at most. */
const largestFactor = 2 ** 7;
const int32Max = 2 ** 31 - 1;

/**
 * Settles a convolution of int16 values for its one kernel.
 *
 * @param bounds the largest magnitude of each channel's partial sums
 * @throws UserError where a sum or its result could leave int32, or values have another zero point than 0
 * Source: TFLM kernels/internal/common.cc MultiplyByQuantizedMultiplier of an int64
 */
export function planInt16Convolution(
  layer: QuantizedConvolution | QuantizedDepthwiseConvolution,
  { inputs: [input], output }: LayerContext,
  bounds: readonly number[],
  factorsOf = channelFactors,
): KernelChoice {
  expectSymmetric(layer.name, [input!, output]);
  if (layer.rounding !== undefined) {
    throw new UserError(
      `layer "${layer.name}": sums of int16 values are not rounded half to even`,
      "quantize its activations to int8",
    );
  }
  const factors = factorsOf(layer, quantizationOf(input!), quantizationOf(output));
  const window = windowArguments(layer, input!, output);
  const settled = factors.map((factor, o) => settleFactor(layer.name, o, factor, bounds[o]!));
  const [inChannels, outChannels] = [imageShape(input!)[2], layer.bias.length];
  const { weights, bias, dilations, activationMin, activationMax } = layer;
  return {
    kernel: layer.kind === "convolution" ? "convolutionInt16" : "depthwiseConvolutionInt16",
    layer: {
      ...window,
      ...{ dilationY: dilations[0], dilationX: dilations[1], inChannels },
      ...(layer.kind === "convolution" ? { outChannels } : { channelMultiplier: outChannels / inChannels }),
      ...{ weights, bias, activationMin, activationMax },
      multiplier: Int16Array.from(settled, ({ multiplier }) => multiplier),
      rightShift: Uint8Array.from(settled, ({ rightShift }) => rightShift),
    },
    macs: window.outHeight * window.outWidth * weights.length,
    parameters: weights.length + bias.length,
    overlaps: [{ input: 0, distance: 2 * windowOverlap(layer, input!, output, { dilations }) }],
  };
}

/** @throws UserError where values of int16 have another zero point than 0 */
export function expectSymmetric(name: string, tensors: readonly QuantizedTensor[]): void {
  for (const tensor of tensors) {
    const { zeroPoint } = quantizationOf(tensor);
    if (zeroPoint === 0) continue;
    throw new UserError(
      `layer "${name}": tensor "${tensor.name}" of int16 has zero point ${zeroPoint}; 0 is expected`,
      "the TFLite specification asks for symmetric int16: convert the model again",
    );
  }
}

/** A factor in 16 bits of multiplier. */
function settleFactor(name: string, output: number, factor: number, bound: number) {
  const result = bound * factor + 1;
  if (bound > int32Max || result > int32Max || factor >= largestFactor) {
    throw new UserError(
      `layer "${name}", output ${output}: sums of int16 values can reach ${bound.toExponential(3)}, and ${result.toExponential(3)} output steps at ${factor} a step; ` +
        `int32 ends at ${int32Max}, and ${largestFactor} steps are possible`,
      "lower the layer's number of inputs, its bias or its weights, or keep its activations in int8",
    );
  }
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(factor);
  const short = multiplier < 0x7fff0000 ? (multiplier + 2 ** 15) >> 16 : 0x7fff;
  return { multiplier: short, rightShift: 15 + rightShift - leftShift };
}

/** Whether a layer's values are int16: its sums have other bounds and its kernels other names. */
export function isInt16({ elementType }: QuantizedTensor): boolean {
  return elementType === "int16";
}

/** The largest number of int16 values whose sum, and half its count, fits int32. */
export const mostInt16Values = Math.floor(int32Max / (1 - integerRanges.int16[0]));
