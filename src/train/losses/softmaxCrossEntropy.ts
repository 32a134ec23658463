import { UserError } from "../../base/errors.js";
import { formatShape, Tensor } from "../../base/tensor.js";
import { typescriptOps } from "../ops/index.js";
import type { Loss } from "./loss.js";

/**
 * Softmax and cross-entropy in one, of scores z [batch, classes]:
 *
 *   loss         −1/batch · Σ_b Σⱼ t[b, j] · ln softmax(z[b])[j]
 *   derivative   (softmax(z) − t) / batch
 *
 * Targets are class numbers [batch] (t is 1 there and 0 elsewhere) or probabilities [batch, classes] that sum to 1.
 * When the network ends in `softmax()`, z is that layer's input; when it does not, z is the network's output.
 *
 * Source: Bishop 2006, Pattern Recognition and Machine Learning, §4.3.4, eq. 4.108 and 4.109.
 */
export function softmaxCrossEntropy(): Loss {
  return {
    kind: "softmaxCrossEntropy",
    fusesWith: "softmax",
    evaluate(prediction, targets, { gradient, weights, ops = typescriptOps } = {}) {
      if (prediction.shape.length !== 2) {
        throw new UserError(
          `softmaxCrossEntropy takes scores [batch, classes], found ${formatShape(prediction.shape)}`,
        );
      }
      const [batch, classes] = prediction.shape;
      const scores = prediction.data;
      const into = (gradient ?? Tensor.zeros(prediction.shape, prediction.dtype)).data;
      const sum =
        targets instanceof Tensor
          ? ops.softmaxCrossEntropyOfProbabilities(batch, classes, scores, targets.data, weights, into)
          : ops.softmaxCrossEntropyOfLabels(batch, classes, scores, targets, weights, into);
      return sum / batch;
    },
  };
}
