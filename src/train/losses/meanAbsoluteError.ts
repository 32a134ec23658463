import { typescriptOps } from "../ops/index.js";
import { expectReals, type Loss, lossSizes } from "./loss.js";

/**
 * Mean absolute error over batch and outputs, N values in all: 1/N · Σ |prediction − target|, with the derivative
 * sign(prediction − target) / N. Outliers pull it less than squares do. Targets are real values of the prediction's
 * shape.
 */
export function meanAbsoluteError(): Loss {
  return {
    kind: "meanAbsoluteError",
    evaluate(prediction, targets, { gradient, weights, ops = typescriptOps } = {}) {
      const sizes = lossSizes(prediction);
      const reals = expectReals("meanAbsoluteError", targets);
      const sum = ops.absoluteErrorLoss(sizes, prediction.data, reals, weights, gradient?.data);
      return sum / (sizes.batch * sizes.outputs);
    },
  };
}
