import { UserError } from "../../base/errors.js";
import { createFloats, elementCount, type FloatArray, Tensor } from "../../base/tensor.js";
import type { Targets } from "../data/dataset.js";
import type { Ops } from "../ops/index.js";
import type { LossSizes } from "../ops/losses.js";

export interface LossOptions {
  /** Overwritten with the loss's derivative by the prediction. */
  readonly gradient?: Tensor;
  /** Factors of the samples' losses [batch]; 1 when absent. */
  readonly weights?: FloatArray;
  /** Default the plain TypeScript functions. */
  readonly ops?: Ops;
}

/** What training makes small. */
export interface Loss {
  readonly kind: string;
  /**
   * The kind of closing layer at whose input the loss is taken, where its gradient is simple and exact. A network that
   * closes otherwise is judged by its output, which is then taken for that input.
   */
  readonly fusesWith?: "softmax" | "sigmoid";
  /** The factor of a loss that is nothing but squared differences, for engines that write whole steps out. */
  readonly ofSquares?: number;

  /**
   * @param prediction [batch, …outputs]
   * @returns 1/batch · Σ weight · loss over the batch
   * @throws UserError when the targets are of the wrong sort
   */
  evaluate(prediction: Tensor, targets: Targets, options?: LossOptions): number;
}

/** Samples and values of each. */
export function lossSizes(prediction: Tensor): LossSizes {
  const [batch, ...outputs] = prediction.shape;
  return { batch, outputs: elementCount(outputs) };
}

/** @throws UserError when the targets are class numbers */
export function expectReals(kind: string, targets: Targets): FloatArray {
  if (targets instanceof Tensor) return targets.data;
  throw new UserError(
    `${kind} needs real targets [samples, outputs], found class numbers`,
    "use softmaxCrossEntropy() for classes, or give the targets as a Tensor",
  );
}

/**
 * Targets of one output for two classes: as they are, or class numbers 0 and 1 as `zero` and 1.
 *
 * @throws UserError when class numbers meet several outputs
 */
export function binaryTargets(kind: string, prediction: Tensor, targets: Targets, zero: 0 | -1): FloatArray {
  if (targets instanceof Tensor) return targets.data;
  const { outputs } = lossSizes(prediction);
  if (outputs !== 1) {
    throw new UserError(
      `${kind} of class numbers needs one output, found ${outputs}`,
      "use softmaxCrossEntropy() for classes, or give the targets as a Tensor",
    );
  }
  const values = createFloats(prediction.dtype, targets.length);
  targets.forEach((label, index) => {
    values[index] = label === 0 ? zero : 1;
  });
  return values;
}
