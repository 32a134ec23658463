import { UserError } from "../../errors.js";
import { elementCount, Tensor } from "../../tensor.js";
import type { Loss } from "../loss.js";

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
  return {
    kind: "meanSquaredError",
    takesLogits: false,
    evaluate(prediction, targets, { gradient } = {}) {
      if (!(targets instanceof Tensor)) {
        throw new UserError(
          "meanSquaredError needs real targets [samples, outputs], found class numbers",
          "use softmaxCrossEntropy() for classes, or give the targets as a Tensor",
        );
      }
      const count = elementCount(prediction.shape);
      const factor = halved ? 1 : 2;
      let sum = 0;
      for (let index = 0; index < count; index++) {
        const difference = prediction.data[index] - targets.data[index];
        sum += difference * difference;
        if (gradient !== undefined) gradient.data[index] = (factor * difference) / count;
      }
      return halved ? sum / count / 2 : sum / count;
    },
  };
}
