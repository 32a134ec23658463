import { requantize } from "../kernels/int.js";
import type { Quantization } from "../network/quantizedNetwork.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import { activationRange } from "./operatorContext.js";

/** Input steps of 255 times a larger factor would leave int32 in the reference's left shift: 255 · 2^23 < 2^31. */
export const largestReluFactor = 2 ** 22;

/**
 * RELU, RELU6 and RELU_N1_TO_1 as operators of their own: rescaled and clamped, as a table for the inputs −128..127.
 * Where input and output share scale and zero point this is the clamp alone. TFLM's RELU6 leaves the rescaling out
 * where they do not; TensorFlow Lite's does it, and so does this.
 *
 * @param name an activation function that is a clamp; input scale / output scale is below 2^22
 * Source: TensorFlow Lite activations.cc QuantizedReluX; TFLM activations_common.cc CalculateReluOpData.
 */
export function reluTable(name: string, input: Quantization, output: Quantization): Int8Array {
  const range = activationRange(name, output);
  if (range === undefined) throw new Error(`${name} is no clamp`);
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(input.scale / output.scale);
  return Int8Array.from({ length: 256 }, (_, i) => {
    const shifted = (i - 128 - input.zeroPoint) * 2 ** leftShift;
    const value = output.zeroPoint + requantize(shifted, multiplier, rightShift);
    return Math.min(range.activationMax, Math.max(range.activationMin, value));
  });
}
