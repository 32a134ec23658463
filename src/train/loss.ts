import type { FloatArray, Tensor } from "../tensor.js";
import type { Targets } from "./dataset.js";
import type { Ops } from "./ops/index.js";

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
  /** True when the loss is taken at the input of a closing softmax layer, where its gradient is simple and exact. */
  readonly takesLogits: boolean;

  /**
   * @param prediction [batch, outputs]
   * @returns 1/batch · Σ weight · loss over the batch
   * @throws UserError when the targets are of the wrong sort
   */
  evaluate(prediction: Tensor, targets: Targets, options?: LossOptions): number;
}
