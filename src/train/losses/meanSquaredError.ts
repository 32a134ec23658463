import { typescriptOps } from "../ops/index.js";
import { expectReals, type Loss, lossSizes } from "./loss.js";

export interface MeanSquaredErrorOptions {
  /** Default false. */
  readonly halved?: boolean;
}

/**
 * Mean squared error over batch and outputs, N values in all:
 *
 *   loss         1/N · Σ (prediction − target)²
 *   derivative   2/N · (prediction − target)
 *
 * `halved` takes half of both, as many textbooks do: sample by sample and with one output, the derivative is then
 * exactly prediction − target. Targets are real values of the prediction's shape.
 */
export function meanSquaredError({ halved = false }: MeanSquaredErrorOptions = {}): Loss {
  const factor = halved ? 0.5 : 1;
  return {
    kind: "meanSquaredError",
    ofSquares: factor,
    evaluate(prediction, targets, { gradient, weights, ops = typescriptOps } = {}) {
      const sizes = lossSizes(prediction);
      const reals = expectReals("meanSquaredError", targets);
      const sum = ops.squaredErrorLoss(sizes, factor, prediction.data, reals, weights, gradient?.data);
      return sum / (sizes.batch * sizes.outputs);
    },
  };
}
