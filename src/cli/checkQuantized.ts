import { tellDrop } from "../experiment/quantizationLoss.js";
import type { TrainedModel } from "../experiment/trainModel.js";
import type { Checks } from "./checks.js";

/** Whether a training came to what a device runs, and runs well. The model is written all the same. */
export function checkQuantized(
  { notQuantized, quantization }: Pick<TrainedModel, "notQuantized" | "quantization">,
  output: string,
  { maxDrop, floatOnly }: { readonly maxDrop?: number; readonly floatOnly: boolean },
  checks: Pick<Checks, "add">,
): void {
  if (!floatOnly) {
    checks.add(
      "has an integer network",
      notQuantized === undefined
        ? undefined
        : {
            message: `${output} has no integer network: ${notQuantized}`,
            hint: "the float network is written; mend the cause for a device, or ask for no more with --float-only",
          },
    );
  }
  if (maxDrop === undefined || quantization === undefined) return;
  const drop = tellDrop(quantization, maxDrop);
  checks.add(
    `--max-drop ${maxDrop}`,
    drop && { message: `${drop.message}; --max-drop is ${maxDrop}`, hint: drop.hint },
  );
}
