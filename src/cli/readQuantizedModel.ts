import { UserError } from "../errors.js";
import { type Model, readModel } from "../modelFile.js";
import type { QuantizedNetwork } from "../quantizedNetwork.js";

/** @throws UserError when the file cannot be read, or its network was never quantized */
export function readQuantizedModel(path: string): Model & { readonly quantized: QuantizedNetwork } {
  const model = readModel(path);
  if (model.quantized === undefined) {
    throw new UserError(`${path} holds no quantized network`, "train it again with this version of pinfer");
  }
  return { ...model, quantized: model.quantized };
}
