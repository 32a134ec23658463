import { UserError } from "../errors.js";
import { formatShape, Tensor } from "../tensor.js";
import type { Loss } from "./loss.js";
import { softmaxRow } from "./softmax.js";

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
    takesLogits: true,
    evaluate(prediction, targets, gradient) {
      if (prediction.shape.length !== 2) {
        throw new UserError(
          `softmaxCrossEntropy takes scores [batch, classes], found ${formatShape(prediction.shape)}`,
        );
      }
      const [batch, classes] = prediction.shape;
      const scores = prediction.data;
      const into = (gradient ?? Tensor.zeros(prediction.shape, prediction.dtype)).data;
      let sum = 0;
      for (let b = 0; b < batch; b++) {
        const start = b * classes;
        const logSum = softmaxRow(scores, start, classes, into);
        if (targets instanceof Tensor) {
          for (let j = start; j < start + classes; j++) {
            const target = targets.data[j];
            sum += target * (logSum - scores[j]);
            into[j] = (into[j] - target) / batch;
          }
        } else {
          const label = start + targets[b];
          sum += logSum - scores[label];
          into[label] -= 1;
          for (let j = start; j < start + classes; j++) into[j] /= batch;
        }
      }
      return sum / batch;
    },
  };
}
