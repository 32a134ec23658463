import { UserError } from "../../base/errors.js";
import { typescriptOps } from "../ops/index.js";
import { expectReals, type Loss, lossSizes } from "./loss.js";

export interface HuberOptions {
  /** Where squares turn into straight lines; default 1. */
  readonly delta?: number;
}

/**
 * Mean over batch and outputs of ½d² where |d| ≤ delta and delta · (|d| − ½delta) beyond, d = prediction − target.
 * Targets are real values of the prediction's shape.
 *
 * Source: Huber 1964, Annals of Mathematical Statistics 35(1), §2.
 */
export function huber({ delta = 1 }: HuberOptions = {}): Loss {
  if (!(Number.isFinite(delta) && delta > 0)) {
    throw new UserError(`huber: delta must be a number above 0, found ${delta}`);
  }
  return {
    kind: "huber",
    evaluate(prediction, targets, { gradient, weights, ops = typescriptOps } = {}) {
      const sizes = lossSizes(prediction);
      const reals = expectReals("huber", targets);
      const sum = ops.huberLoss(sizes, delta, prediction.data, reals, weights, gradient?.data);
      return sum / (sizes.batch * sizes.outputs);
    },
  };
}
