import { UserError } from "../errors.js";
import type { Random } from "../random.js";
import type { FloatArray } from "../tensor.js";

/** Fills `weights` [outFeatures, inFeatures] with initial values. */
export type Initializer = (
  weights: FloatArray,
  inFeatures: number,
  outFeatures: number,
  random: Random,
) => void;

/**
 * Normal, σ = √(2 / inFeatures): keeps the variance of activations through ReLU layers.
 * Source: He et al. 2015, arXiv:1502.01852 §2.2.
 */
export const he: Initializer = (weights, inFeatures, _outFeatures, random) => {
  const sigma = Math.sqrt(2 / inFeatures);
  for (let index = 0; index < weights.length; index++) weights[index] = sigma * random.normal();
};

/**
 * Uniform in ±√(6 / (inFeatures + outFeatures)): keeps the variance of activations and gradients through layers
 * that are linear near zero.
 * Source: Glorot and Bengio 2010, AISTATS, eq. 16.
 */
export const glorot: Initializer = (weights, inFeatures, outFeatures, random) => {
  const bound = Math.sqrt(6 / (inFeatures + outFeatures));
  for (let index = 0; index < weights.length; index++) weights[index] = bound * (2 * random.uniform() - 1);
};

/**
 * `scale · random(inFeatures, outFeatures) + offset` as a NumPy program writes it: drawn row by row of an
 * [inFeatures, outFeatures] matrix and stored transposed, so that published programs can be reproduced to the digit.
 * `numpyUniform(2, -1)` is `2 * np.random.random((inFeatures, outFeatures)) - 1`.
 */
export function numpyUniform(scale: number, offset: number): Initializer {
  return (weights, inFeatures, outFeatures, random) => {
    for (let i = 0; i < inFeatures; i++) {
      for (let o = 0; o < outFeatures; o++) weights[o * inFeatures + i] = scale * random.uniform() + offset;
    }
  };
}

/** Given numbers, row-major [outFeatures, inFeatures]. */
export function fixedWeights(values: readonly (readonly number[])[]): Initializer {
  return (weights, inFeatures, outFeatures) => {
    if (values.length !== outFeatures || values.some((row) => row.length !== inFeatures)) {
      const found = `[${values.length}, ${values[0]?.length ?? 0}]`;
      throw new UserError(`fixed weights must be [${outFeatures}, ${inFeatures}], found ${found}`);
    }
    weights.set(values.flat());
  };
}
