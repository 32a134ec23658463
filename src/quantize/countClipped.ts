import { integerRanges } from "../network/elementTypes.js";
import { quantizationOf } from "../network/quantization.js";
import type { ElementType, Quantized } from "../network/quantizedNetwork.js";
import { roundAwayFromZero } from "./quantizeTensor.js";

/** Values that an input cannot tell from the end of its range. */
export interface Clipped {
  readonly count: number;
  /** Of so many. */
  readonly values: number;
  /** The one that is beyond by the most steps, and what its column reaches. */
  readonly worst: {
    readonly index: number;
    readonly value: number;
    readonly least: number;
    readonly most: number;
  };
}

/**
 * Counts what `quantizeTensor` clamps: values more than half a step beyond the element type's range.
 *
 * @param values samples behind each other
 * @returns undefined when there is none
 */
export function countClipped(
  values: ArrayLike<number>,
  tensor: Quantized & { readonly elementType: ElementType },
): Clipped | undefined {
  const [min, max] = integerRanges[tensor.elementType];
  let [count, worst, excess] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const { scale, zeroPoint } = quantizationOf(tensor, i);
    const q = roundAwayFromZero(values[i]! / scale) + zeroPoint;
    const beyond = Math.max(q - max, min - q);
    if (beyond <= 0) continue;
    count += 1;
    if (beyond > excess) [worst, excess] = [i, beyond];
  }
  if (count === 0) return undefined;
  const { scale, zeroPoint } = quantizationOf(tensor, worst);
  const [least, most] = [scale * (min - zeroPoint), scale * (max - zeroPoint)];
  return { count, values: values.length, worst: { index: worst, value: values[worst]!, least, most } };
}
