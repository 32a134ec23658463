import type { QuantizedMultiplier } from "../../quantize/multiplier.js";

/** The largest product of two differences of int8 values. */
const largest = 255 * 255;
/** Shifted left by so much, products stay below 2^30, and their rescaling's first rounding is of no matter. */
const leftShift = 13;

/**
 * A factor with which `rescale` gives the wanted result for every product of two int8 values less their zero points: the
 * results never fall, so it is enough that each of them begins where it should. Every beginning gives the multiplier an
 * interval; undefined where no multiplier lies in all.
 *
 * @param result of −65025..65025: the int8 that is stored
 */
export function solveProduct(
  factor: number,
  result: (product: number) => number,
  zeroPoint: number,
): QuantizedMultiplier | undefined {
  const rightShift = leftShift - Math.floor(Math.log2(factor)) - 1;
  if (!(rightShift >= 1 && rightShift <= 31)) return undefined;
  let [least, most] = [2n ** 30n, 2n ** 31n - 1n];
  const bound = (product: number, twiceLimit: bigint, isBelow: boolean): void => {
    // 2 · product · multiplier is to be `twiceLimit` or more; below it, where it belongs to the result before
    const twice = 2n * (BigInt(product) << BigInt(leftShift));
    const limit = isBelow ? twiceLimit - 1n : twiceLimit;
    if (twice === 0n) {
      if (isBelow ? limit < 0n : limit > 0n) most = -1n;
    } else if (isBelow === twice > 0n) {
      const end = floorDivide(limit, twice);
      if (end < most) most = end;
    } else {
      const end = -floorDivide(-limit, twice);
      if (end > least) least = end;
    }
  };
  for (let value = result(-largest) + 1; value <= result(largest); value++) {
    const first = firstWith(value, result);
    const steps = value - zeroPoint;
    // halves of the second rounding go away from zero, and the first rounds to the nearest
    const half = (2n * BigInt(steps) - 1n) * 2n ** BigInt(rightShift) + (steps > 0 ? -1n : 1n);
    bound(first, half * 2n ** 31n, false);
    bound(first - 1, half * 2n ** 31n, true);
    if (least > most) return undefined;
  }
  return { multiplier: Number((least + most) / 2n), leftShift, rightShift };
}

/** The least product whose result is the value or more. */
function firstWith(value: number, result: (product: number) => number): number {
  let [low, high] = [-largest, largest];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (result(middle) >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const [x, y] = b < 0n ? [-a, -b] : [a, b];
  return x >= 0n ? x / y : -((-x + y - 1n) / y);
}
