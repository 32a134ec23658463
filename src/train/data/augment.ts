import { UserError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import { elementCount, type FloatArray, formatShape, type Shape, type Tensor } from "../../base/tensor.js";

/**
 * Changes one sample in place, another way every time it is shown. All that is random comes from `random`, so the same
 * seed gives the same training.
 *
 * @param sample row-major, a view of the batch: the data set stays as it is
 * @param shape the sample's
 */
export type Augment = (sample: FloatArray, random: Random, shape: Shape) => void;

/** Runs augmentations over a batch [samples, ...shape], sample by sample, in order. */
export function augmentBatch(
  { data, shape }: Tensor,
  augmentations: readonly Augment[] | undefined,
  random: Random,
): void {
  if (augmentations === undefined) return;
  const sampleShape = shape.slice(1);
  const size = elementCount(sampleShape);
  for (let start = 0; start < data.length; start += size) {
    const sample = data.subarray(start, start + size);
    for (const augment of augmentations) augment(sample, random, sampleShape);
  }
}

/** Uniform in [−limit, limit). */
export function symmetric(random: Random, limit: number): number {
  return limit * (2 * random.uniform() - 1);
}

/** Whole numbers from −limit to limit, each alike. */
export function symmetricInteger(random: Random, limit: number): number {
  return random.integer(2 * limit + 1) - limit;
}

/** @throws UserError when an amount is no number of at least 0 (or, with `isWhole`, no integer) */
export function expectAmount(what: string, value: number, isWhole = false): void {
  if (Number.isFinite(value) && value >= 0 && (!isWhole || Number.isInteger(value))) return;
  throw new UserError(`${what} must be ${isWhole ? "an integer" : "a number"} of at least 0, found ${value}`);
}

/**
 * The shape that an augmentation works on.
 *
 * @param given by the user, for samples that are flat
 * @throws UserError when it is not of the expected rank or does not hold the sample
 */
export function expectSampleShape(name: string, axes: readonly string[], shape: Shape, given?: Shape): Shape {
  const used = given ?? shape;
  if (used.length === axes.length && elementCount(used) === elementCount(shape)) return used;
  throw new UserError(
    `${name} works on samples [${axes.join(", ")}], found ${formatShape(shape)}` +
      (given === undefined ? "" : ` and the shape ${formatShape(given)}`),
    `give the shape of flat samples: ${name}(…, { shape: [${axes.map((axis) => (axis === "channels" ? 1 : 28)).join(", ")}] })`,
  );
}
