import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { rescale, shiftLeft } from "../kernels/int.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedRequantize } from "../network/quantizedNetwork.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

/** Up to this, the largest difference of int8 and zero point stays in int32: 255 · 2 · 2^22 + 128 < 2^31. */
const largestFactor = 2 ** 22;

/**
 * Settles a change of scale as the table of its 256 results: faster than the arithmetic, and about as large.
 *
 * @throws UserError where one input step is over 2^22 output steps
 * Source: TFLM reference_ops::Requantize (reference/requantize.h)
 */
export function planRequantize(
  layer: QuantizedRequantize,
  { inputs: [input], output }: LayerContext,
): KernelChoice {
  const factor = quantizationOf(input).scale / quantizationOf(output).scale;
  if (factor > largestFactor) {
    throw new UserError(
      `layer "${layer.name}": one input step is ${factor} output steps, at most ${largestFactor} are possible`,
      "calibrate with data of the real range",
    );
  }
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(factor);
  const table = Int8Array.from({ length: 256 }, (_, index) => {
    const difference = index - 128 - quantizationOf(input).zeroPoint;
    const shifted = shiftLeft(difference, leftShift);
    return rescale(shifted, multiplier, rightShift, quantizationOf(output).zeroPoint, -128, 127);
  });
  return { kernel: "lookup", layer: { size: elementCount(output.shape), table }, inPlace: [0] };
}
