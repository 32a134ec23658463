import type { Tensor } from "../tensor.js";
import type { Targets } from "./dataset.js";

/** What training makes small. */
export interface Loss {
  readonly kind: string;
  /** True when the loss is taken at the input of a closing softmax layer, where its gradient is simple and exact. */
  readonly takesLogits: boolean;

  /**
   * @param prediction [batch, outputs]
   * @param gradient overwritten with the loss's derivative by `prediction`, when given
   * @returns the mean over the batch
   * @throws UserError when the targets are of the wrong sort
   */
  evaluate(prediction: Tensor, targets: Targets, gradient?: Tensor): number;
}
