import { existsSync } from "node:fs";
import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import type { Model } from "../model/modelFile.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";

/** A model whose network is quantized: what every command after `train` and `import` needs. */
export interface QuantizedModel extends Model {
  readonly quantized: QuantizedNetwork;
}

/** The float network where all its code is here: a user's own layers have theirs in the experiment. */
const runnable = (network: Model["network"]): Model["network"] => (network?.canRun ? network : undefined);

/**
 * @param states "refused" by commands that run each sample for itself
 * @throws UserError when the file is missing or damaged, or holds no quantized network, or one that is refused
 */
export async function readQuantizedModel(
  path: string,
  states: "refused" | "kept" = "refused",
): Promise<QuantizedModel> {
  if (!existsSync(path)) {
    throw new UserError(
      `there is no model ${path}`,
      "`pinfer train experiment.ts` or `pinfer import model.tflite` makes one",
    );
  }
  if (path.endsWith(".tflite")) {
    throw new UserError(
      `${path} is a model of TensorFlow Lite; the command takes the .json file of one`,
      `\`pinfer import ${path}\` makes it`,
    );
  }
  const { readModel } = await import("../model/modelFile.js");
  const model = readModel(path);
  const { quantized } = model;
  if (quantized === undefined) {
    throw new UserError(`${path} holds no quantized network`, "train it again: `pinfer train experiment.ts`");
  }
  if (states === "refused" && quantized.states.length > 0) {
    throw new UserError(
      oneLine`network "${quantized.name}" keeps ${quantized.states.length} tensors from one run to the next; ` +
        "this command runs every sample for itself",
      "`pinfer compare` and `pinfer predict` run sequences",
    );
  }
  return { ...model, network: runnable(model.network), quantized };
}
