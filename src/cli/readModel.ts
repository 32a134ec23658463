import { existsSync } from "node:fs";
import { UserError } from "../base/errors.js";
import type { Model } from "../model/modelFile.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";

/** A model whose network is quantized: what every command after `train` and `import` needs. */
export interface QuantizedModel extends Model {
  readonly quantized: QuantizedNetwork;
}

/** The float network where all its code is here: a user's own layers have theirs in the experiment. */
const runnable = (network: Model["network"]): Model["network"] => (network?.canRun ? network : undefined);

/** @throws UserError when the file is missing or damaged, or holds no quantized network */
export async function readQuantizedModel(path: string): Promise<QuantizedModel> {
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
  return { ...model, network: runnable(model.network), quantized };
}
