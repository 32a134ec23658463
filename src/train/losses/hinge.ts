import { Tensor } from "../../base/tensor.js";
import { typescriptOps } from "../ops/index.js";
import { binaryTargets, type Loss, lossSizes } from "./loss.js";

/**
 * Hinge loss of scores s; a margin of 1 to the right side costs nothing:
 *
 *   one output or more, targets −1 and 1    mean over batch and outputs of max(0, 1 − t · s)
 *   one output, class numbers 0 and 1       the same, class 0 as −1
 *   several outputs, class numbers          mean over the batch of Σ over wrong classes j of max(0, 1 + s[j] − s[right])
 *
 * Source: Cortes and Vapnik 1995, Machine Learning 20; several classes: Weston and Watkins 1999, ESANN, eq. 4, with a
 * margin of 1.
 */
export function hinge(): Loss {
  return {
    kind: "hinge",
    evaluate(prediction, targets, { gradient, weights, ops = typescriptOps } = {}) {
      const sizes = lossSizes(prediction);
      if (sizes.outputs > 1 && !(targets instanceof Tensor)) {
        return (
          ops.multiclassHingeLoss(sizes, prediction.data, targets, weights, gradient?.data) / sizes.batch
        );
      }
      const sides = binaryTargets("hinge", prediction, targets, -1);
      const sum = ops.hingeLoss(sizes, prediction.data, sides, weights, gradient?.data);
      return sum / (sizes.batch * sizes.outputs);
    },
  };
}
