import { UserError } from "../../base/errors.js";
import type { FloatArray } from "../../base/tensor.js";
import { type Ops, typescriptOps } from "../ops/index.js";

/** A price on large weights, added to what training makes small; biases go free. */
export interface Penalty {
  readonly kind: "l1" | "l2";
  /** λ: what the sum over the weights is multiplied by. */
  readonly weight: number;
  /** @returns λ · the sum over the weights */
  loss(weights: FloatArray, ops?: Ops): number;
  /** Adds the derivative by each weight. */
  addGradient(weights: FloatArray, gradient: FloatArray, ops?: Ops): void;
}

/**
 * λ · Σ|w|, which makes weights that matter little exactly small. The derivative at 0 is taken as 0.
 * Source: Tibshirani 1996, J. Royal Statistical Society B 58(1), eq. 1.
 */
export function l1(weight: number): Penalty {
  expectWeight("l1", weight);
  return {
    kind: "l1",
    weight,
    loss: (weights, ops = typescriptOps) => weight * ops.sumOfMagnitudes(weights),
    addGradient: (weights, gradient, ops = typescriptOps) => ops.addSigns(weight, weights, gradient),
  };
}

/**
 * λ · ½Σw², which makes large weights small: two weights of a half cost less than one of 1.
 * Source: Krogh and Hertz 1991, NIPS 4, eq. 1.
 */
export function l2(weight: number): Penalty {
  expectWeight("l2", weight);
  return {
    kind: "l2",
    weight,
    loss: (weights, ops = typescriptOps) => (weight / 2) * ops.sumOfSquares(weights),
    addGradient: (weights, gradient, ops = typescriptOps) => ops.addScaled(weight, weights, gradient),
  };
}

function expectWeight(kind: string, weight: number): void {
  if (!(Number.isFinite(weight) && weight >= 0)) {
    throw new UserError(`${kind}: the penalty's weight must be a number of 0 or more, found ${weight}`);
  }
}
