import { tellDrop } from "../experiment/quantizationLoss.js";
import type { TrainedModel } from "../experiment/trainModel.js";
import type { Checks } from "./checks.js";
import { checkAccuracy, checkLimit, type Limits } from "./gates.js";

type Outcome = Pick<TrainedModel, "notQuantized" | "quantization"> &
  Partial<Pick<TrainedModel, "test" | "testInt8">>;

/** Whether a training came to what a device runs, and runs well. The model is written all the same. */
export function checkQuantized(
  { notQuantized, quantization, testInt8, test }: Outcome,
  output: string,
  { floatOnly, ...limits }: Pick<Limits, "maxDrop" | "minAccuracy"> & { readonly floatOnly: boolean },
  checks: Checks,
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
  const accuracy = (testInt8 ?? test?.metrics)?.accuracy ?? Number.NaN;
  const whose = `the ${testInt8 === undefined ? "float" : "int8"} network's accuracy on the test data`;
  checkAccuracy(checks, limits, accuracy, whose);
  const { maxDrop } = limits;
  if (maxDrop === undefined) return;
  if (quantization === undefined || Number.isNaN(quantization.drop)) {
    const why =
      quantization === undefined
        ? "there is no integer network"
        : `${quantization.metric} cannot be computed`;
    checkLimit(checks, limits, "maxDrop", { why, hint: "leave out --max-drop" });
    return;
  }
  const drop = tellDrop(quantization, maxDrop);
  checks.add(
    `--max-drop ${maxDrop}`,
    drop && { message: `${drop.message}; --max-drop is ${maxDrop}`, hint: drop.hint },
  );
}
