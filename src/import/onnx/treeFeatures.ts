import { UserError } from "../../base/errors.js";
import type { OnnxAttribute } from "./readOnnx.js";

/** What is done to a feature before trees compare it: never falling, in float32 as onnxruntime computes it. */
export type FeatureStep = (value: number, feature: number) => number;

const largestFloat = Math.fround(3.4028234663852886e38);

/** The place of a float32 among all of them, and back: neighbours are one apart. */
const bits = new Int32Array(1);
const floats = new Float32Array(bits.buffer);
function placeOf(value: number): number {
  floats[0] = value + 0;
  return bits[0] < 0 ? -(bits[0] & 0x7fffffff) : bits[0];
}
function floatAt(place: number): number {
  bits[0] = place < 0 ? -place | 0x80000000 : place;
  return floats[0];
}

/** The next float32 below; of −∞ itself. */
export const floatBelow = (value: number): number =>
  value === Number.NEGATIVE_INFINITY ? value : floatAt(placeOf(value) - 1);

/**
 * The largest float32 that the steps bring up to a threshold at most, so that comparing the feature itself says the same;
 * −∞ where none is.
 */
export function thresholdBefore(steps: readonly FeatureStep[], feature: number, threshold: number): number {
  if (steps.length === 0) return threshold;
  const isUpTo = (place: number): boolean =>
    steps.reduce((value, step) => step(value, feature), floatAt(place)) <= threshold;
  let [low, high] = [placeOf(-largestFloat), placeOf(largestFloat)];
  if (isUpTo(high)) return Number.POSITIVE_INFINITY;
  if (!isUpTo(low)) return Number.NEGATIVE_INFINITY;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isUpTo(middle)) low = middle;
    else high = middle;
  }
  return floatAt(low);
}

/**
 * Scaler: (x − offset) · scale.
 *
 * @throws UserError where there are not as many numbers as features, or a factor turns the order around
 */
export function scalerStep(attributes: ReadonlyMap<string, OnnxAttribute>, features: number): FeatureStep {
  const [offsets, scales] = ["offset", "scale"].map((name) => attributes.get(name)?.floats ?? []);
  for (const [name, values] of Object.entries({ offset: offsets, scale: scales })) {
    if (values.length === 1 || values.length === features) continue;
    throw new UserError(`its attribute ${name} has ${values.length} numbers; 1 or ${features} are expected`);
  }
  return affineStep(offsets, scales);
}

/** (x − offset) · scale, each rounded to float32. */
export function affineStep(offsets: ArrayLike<number>, scales: ArrayLike<number>): FeatureStep {
  const wrong = Array.from(scales).findIndex((scale) => !(scale >= 0 && Number.isFinite(scale)));
  if (wrong >= 0) {
    throw new UserError(
      `it multiplies feature ${wrong} by ${scales[wrong]}; factors of 0 and more are imported in front of trees`,
      "leave the scaling out: trees need none",
    );
  }
  const at = (values: ArrayLike<number>, feature: number) => values[values.length === 1 ? 0 : feature];
  return (value, feature) => Math.fround(Math.fround(value - at(offsets, feature)) * at(scales, feature));
}
