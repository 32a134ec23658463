import { rescale, shiftLeft } from "../kernels/int.js";
import type { Quantization } from "../network/quantizedNetwork.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";

/** Differences of int8 shifted by more would leave int32. */
const largestLeftShift = 22;

/**
 * The results of a requantize layer for the inputs −128..127; undefined where its factor is too large for int32.
 *
 * Source: TensorFlow Lite reference_ops::Requantize.
 */
export function requantizeTable(from: Quantization, to: Quantization): Int8Array | undefined {
  const factor = from.scale / to.scale;
  if (factor >= 2 ** (largestLeftShift + 1)) return undefined;
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(factor);
  if (leftShift > largestLeftShift) return undefined;
  return Int8Array.from({ length: 256 }, (_, index) => {
    const shifted = shiftLeft(index - 128 - from.zeroPoint, leftShift);
    return rescale(shifted, multiplier, rightShift, to.zeroPoint, -128, 127);
  });
}
