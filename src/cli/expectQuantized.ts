import { UserError } from "../base/errors.js";
import { tellDrop } from "../experiment/quantizationLoss.js";
import type { TrainedModel } from "../experiment/trainModel.js";

/**
 * Whether a training came to what a device runs, and runs well. The model is written all the same.
 *
 * @throws UserError when there is no integer network, or it falls behind by more than `maxDrop`
 */
export function expectQuantized(
  { notQuantized, quantization }: Pick<TrainedModel, "notQuantized" | "quantization">,
  output: string,
  { maxDrop, floatOnly }: { readonly maxDrop?: number; readonly floatOnly: boolean },
): void {
  if (notQuantized !== undefined && !floatOnly) {
    throw new UserError(
      `${output} has no integer network: ${notQuantized}`,
      "the float network is written; mend the cause for a device, or ask for no more with --float-only",
    );
  }
  const drop = quantization && maxDrop !== undefined && tellDrop(quantization, maxDrop);
  if (drop) throw new UserError(`${drop.message}; --max-drop is ${maxDrop}`, drop.hint);
}
