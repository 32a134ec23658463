import { typescriptOps } from "../ops/index.js";
import { binaryTargets, type Loss, lossSizes } from "./loss.js";

export interface BinaryCrossEntropyOptions {
  /**
   * True for a network whose outputs are probabilities but not by a closing sigmoid(); they are kept 1e-7 away from 0
   * and 1. Default false.
   */
  readonly ofProbabilities?: boolean;
}

/**
 * Mean over batch and outputs of −t · ln p − (1 − t) · ln(1 − p), with p = sigmoid(z) of the logit z:
 *
 *   derivative by z   (p − t) / N for N values in all
 *
 * When the network ends in `sigmoid()`, z is that layer's input; when it does not, z is the network's output. Targets
 * are probabilities 0..1 of the prediction's shape, or with one output class numbers 0 and 1.
 *
 * Source: Bishop 2006, Pattern Recognition and Machine Learning, §4.3.2, eq. 4.90 and 4.91.
 */
export function binaryCrossEntropy({ ofProbabilities = false }: BinaryCrossEntropyOptions = {}): Loss {
  return {
    kind: "binaryCrossEntropy",
    ...(!ofProbabilities && { fusesWith: "sigmoid" }),
    evaluate(prediction, targets, { gradient, weights, ops = typescriptOps } = {}) {
      const sizes = lossSizes(prediction);
      const wanted = binaryTargets("binaryCrossEntropy", prediction, targets, 0);
      const sum = ofProbabilities
        ? ops.binaryCrossEntropyLoss(sizes, 1e-7, prediction.data, wanted, weights, gradient?.data)
        : ops.logisticLoss(sizes, prediction.data, wanted, weights, gradient?.data);
      return sum / (sizes.batch * sizes.outputs);
    },
  };
}
