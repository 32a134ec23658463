import { UserError } from "../base/errors.js";
import { quantizationOf } from "../network/quantization.js";
import type { ActivationData, ElementType, Quantized } from "../network/quantizedNetwork.js";

/** Values an element type holds. */
export const integerRanges: Readonly<Record<ElementType, readonly [min: number, max: number]>> = {
  int8: [-128, 127],
  int16: [-(2 ** 15), 2 ** 15 - 1],
};

/** Zeros of an element type. */
export function createActivation(elementType: ElementType, length: number): ActivationData {
  return elementType === "int8" ? new Int8Array(length) : new Int16Array(length);
}

/** To the nearest integer, ties away from zero, as TfLiteRound. */
export function roundAwayFromZero(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

/**
 * Real values as integers: round(value / scale) + zeroPoint, clamped to the element type's range.
 *
 * @param values rows behind each other, from the first column on where columns have quantizations of their own
 *
 * @throws UserError on a value that is not a number
 */
export function quantizeTensor(
  values: ArrayLike<number>,
  tensor: Quantized & { readonly elementType: ElementType },
): ActivationData {
  const { elementType } = tensor;
  const quantized = createActivation(elementType, values.length);
  const [min, max] = integerRanges[elementType];
  for (let i = 0; i < values.length; i++) {
    const { scale, zeroPoint } = quantizationOf(tensor, i);
    const q = roundAwayFromZero(values[i]! / scale) + zeroPoint;
    if (Number.isNaN(q))
      throw new UserError(`value ${i} is not a number`, "clean the data: integers have no NaN");
    quantized[i] = Math.min(max, Math.max(min, q));
  }
  return quantized;
}

/** The real values that integers stand for: scale · (q − zeroPoint). */
export function dequantizeTensor(values: ActivationData, tensor: Quantized): Float32Array {
  return Float32Array.from(values, (q, i) => {
    const { scale, zeroPoint } = quantizationOf(tensor, i);
    return scale * (q - zeroPoint);
  });
}
