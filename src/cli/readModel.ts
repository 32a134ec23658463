import { existsSync } from "node:fs";
import { UserError } from "../errors.js";
import type { Model } from "../modelFile.js";
import type { QuantizedNetwork } from "../quantizedNetwork.js";

/** A model whose network is quantized: what every command after `train` needs. */
export interface QuantizedModel extends Model {
  readonly quantized: QuantizedNetwork;
}

/** @throws UserError when the file is missing or damaged, or holds no quantized network */
export async function readQuantizedModel(path: string): Promise<QuantizedModel> {
  if (!existsSync(path)) {
    throw new UserError(`there is no model ${path}`, "`pinfer train experiment.ts` makes one");
  }
  const { readModel } = await import("../modelFile.js");
  const model = readModel(path);
  const { quantized } = model;
  if (quantized === undefined) {
    throw new UserError(`${path} holds no quantized network`, "train it again: `pinfer train experiment.ts`");
  }
  return { ...model, quantized };
}
