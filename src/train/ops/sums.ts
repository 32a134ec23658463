import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round } from "./arithmetic.js";

/** Σ value², in double, from the first to the last. */
export function sumOfSquares(values: FloatArray): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return sum;
}

/** Σ |value|, in double, from the first to the last. */
export function sumOfMagnitudes(values: FloatArray): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += Math.abs(values[k]);
  return sum;
}

/** sum += factor · values, the factor rounded first. */
export function addScaled(factor: number, values: FloatArray, sum: FloatArray): void {
  const single = isSingle(sum);
  const rounded = round(single, factor);
  for (let k = 0; k < sum.length; k++) sum[k] += round(single, rounded * values[k]);
}

/** sum += factor where the value is above 0, −factor where it is below. */
export function addSigns(factor: number, values: FloatArray, sum: FloatArray): void {
  const rounded = round(isSingle(sum), factor);
  for (let k = 0; k < sum.length; k++) sum[k] += rounded * Math.sign(values[k]);
}

/** values ← factor · values, the factor rounded first. */
export function scaleValues(factor: number, values: FloatArray): void {
  const rounded = round(isSingle(values), factor);
  for (let k = 0; k < values.length; k++) values[k] *= rounded;
}

/** values ← values, cut to [−limit, limit]; the limit rounded first. */
export function clampValues(limit: number, values: FloatArray): void {
  const rounded = round(isSingle(values), limit);
  for (let k = 0; k < values.length; k++) values[k] = Math.min(rounded, Math.max(-rounded, values[k]));
}
