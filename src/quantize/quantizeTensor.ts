import { UserError } from "../base/errors.js";
import type { ActivationData, ElementType, Quantization } from "../network/quantizedNetwork.js";

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
 * @throws UserError on a value that is not a number
 */
export function quantizeTensor(
  values: ArrayLike<number>,
  { scale, zeroPoint, elementType = "int8" }: Quantization & { readonly elementType?: ElementType },
): ActivationData {
  const quantized = createActivation(elementType, values.length);
  const [min, max] = integerRanges[elementType];
  for (let i = 0; i < values.length; i++) {
    const q = roundAwayFromZero(values[i]! / scale) + zeroPoint;
    if (Number.isNaN(q))
      throw new UserError(`value ${i} is not a number`, "clean the data: integers have no NaN");
    quantized[i] = Math.min(max, Math.max(min, q));
  }
  return quantized;
}

/** The real values that integers stand for: scale · (q − zeroPoint). */
export function dequantizeTensor(values: ActivationData, { scale, zeroPoint }: Quantization): Float32Array {
  return Float32Array.from(values, (q) => scale * (q - zeroPoint));
}
