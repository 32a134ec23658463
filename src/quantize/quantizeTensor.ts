import { UserError } from "../base/errors.js";
import { createActivation, integerRanges } from "../network/elementTypes.js";
import { quantizationOf } from "../network/quantization.js";
import type { ActivationData, ElementType, Quantized } from "../network/quantizedNetwork.js";

/** To the nearest integer, ties away from zero, as TfLiteRound. */
export function roundAwayFromZero(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

/**
 * A network's real-valued input as integers: round(value / scale) + zeroPoint, clamped to the element type's range. The
 * division is one of float32, as in TFLM's QUANTIZE and on a device, so a value near a tie falls as it does there.
 *
 * Source: TensorFlow Lite kernels/internal/reference/quantize.h AffineQuantize.
 *
 * @param values rows behind each other, from the first column on where columns have quantizations of their own
 *
 * @throws UserError on a value that is not a number
 */
export function quantizeTensor(values: ArrayLike<number>, tensor: QuantizedElements): ActivationData {
  return quantizeBy((value, scale) => Math.fround(Math.fround(value) / Math.fround(scale)), values, tensor);
}

/**
 * The same with a division in double: for what is settled before anything runs, such as tables and clamps.
 *
 * @throws UserError on a value that is not a number
 */
export function quantizeExactly(values: ArrayLike<number>, tensor: QuantizedElements): ActivationData {
  return quantizeBy((value, scale) => value / scale, values, tensor);
}

type QuantizedElements = Quantized & { readonly elementType: ElementType };

function quantizeBy(
  divide: (value: number, scale: number) => number,
  values: ArrayLike<number>,
  tensor: QuantizedElements,
): ActivationData {
  const { elementType } = tensor;
  const quantized = createActivation(elementType, values.length);
  const [min, max] = integerRanges[elementType];
  for (let i = 0; i < values.length; i++) {
    const { scale, zeroPoint } = quantizationOf(tensor, i);
    const q = roundAwayFromZero(divide(values[i]!, scale)) + zeroPoint;
    if (Number.isNaN(q))
      throw new UserError(`value ${i} is not a number`, "clean the data: integers have no NaN");
    quantized[i] = Math.min(max, Math.max(min, q));
  }
  return quantized;
}

/** Bytes of a network whose users hold uint8: its int8 is each less 128. */
export function quantizeUint8(bytes: ArrayLike<number>): Int8Array {
  return Int8Array.from(bytes, (byte) => byte - 128);
}

/** The real values that integers stand for: scale · (q − zeroPoint). */
export function dequantizeTensor(values: ActivationData, tensor: Quantized): Float32Array {
  return Float32Array.from(values, (q, i) => {
    const { scale, zeroPoint } = quantizationOf(tensor, i);
    return scale * (q - zeroPoint);
  });
}
