import { UserError } from "../errors.js";
import type { Quantization } from "../quantizedNetwork.js";

/** To the nearest integer, ties away from zero, as TfLiteRound. */
export function roundAwayFromZero(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

/**
 * Real values as int8: round(value / scale) + zeroPoint, clamped to −128..127.
 *
 * @throws UserError on a value that is not a number
 */
export function quantizeTensor(values: ArrayLike<number>, { scale, zeroPoint }: Quantization): Int8Array {
  const quantized = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const q = roundAwayFromZero(values[i]! / scale) + zeroPoint;
    if (Number.isNaN(q)) throw new UserError(`value ${i} is not a number`, "clean the data: int8 has no NaN");
    quantized[i] = Math.min(127, Math.max(-128, q));
  }
  return quantized;
}

/** The real values that int8 values stand for: scale · (q − zeroPoint). */
export function dequantizeTensor(values: Int8Array, { scale, zeroPoint }: Quantization): Float32Array {
  return Float32Array.from(values, (q) => scale * (q - zeroPoint));
}
