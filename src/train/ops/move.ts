import type { Random } from "../../base/random.js";
import type { FloatArray } from "../../base/tensor.js";

/** target = source, element by element. */
export function copyValues(source: FloatArray, target: FloatArray): void {
  target.set(source);
}

/**
 * target[r, targetStart + c] = source[r, sourceStart + c] for c = 0 .. count − 1.
 *
 * @param source [rows, sourceColumns]
 * @param target [rows, targetColumns], overwritten there
 */
export function copyColumns(
  rows: number,
  count: number,
  source: FloatArray,
  sourceColumns: number,
  sourceStart: number,
  target: FloatArray,
  targetColumns: number,
  targetStart: number,
): void {
  for (let r = 0; r < rows; r++) {
    const from = r * sourceColumns + sourceStart;
    const to = r * targetColumns + targetStart;
    for (let c = 0; c < count; c++) target[to + c] = source[from + c];
  }
}

/** factors = 0 with probability `rate`, else 1 / (1 − rate): one uniform number each, in order. */
export function drawDropout(random: Random, rate: number, factors: FloatArray): void {
  const kept = 1 / (1 - rate);
  for (let k = 0; k < factors.length; k++) factors[k] = random.uniform() < rate ? 0 : kept;
}
