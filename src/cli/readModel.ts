import { existsSync } from "node:fs";
import { extname } from "node:path";
import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import type { Model } from "../model/modelFile.js";
import { expectOnePort, onePortHint } from "../network/ports.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";

/** A model whose network is quantized: what every command after `train` and `import` needs. */
export interface QuantizedModel extends Model {
  readonly quantized: QuantizedNetwork;
}

/** @throws UserError when the file is missing or damaged */
export async function readAnyModel(path: string): Promise<Model> {
  if (!existsSync(path)) {
    throw new UserError(
      `there is no model ${path}`,
      "`pinfer train experiment.ts` or `pinfer import model.onnx` makes one",
    );
  }
  const kind = otherModels[extname(path)];
  if (kind !== undefined) {
    throw new UserError(
      `${path} is a model of ${kind}; the command takes the .json file of one`,
      `\`pinfer import ${path}\` makes it`,
    );
  }
  const { readModel } = await import("../model/modelFile.js");
  const model = readModel(path);
  if (model.quantized !== undefined) {
    const { readOwnKernels } = await import("../program/ownKernels.js");
    await readOwnKernels(model.quantized);
  }
  return model;
}

const otherModels: Readonly<Record<string, string>> = { ".tflite": "TensorFlow Lite", ".onnx": "ONNX" };

/**
 * @param accepts "single" is for commands that run each sample for itself and know one input and one output: states and
 *   several of either are refused
 * @throws UserError when the file is missing or damaged, or holds no quantized network, or one that is refused
 */
export async function readQuantizedModel(
  path: string,
  accepts: "single" | "any" = "single",
): Promise<QuantizedModel> {
  const model = await readAnyModel(path);
  const { quantized } = model;
  if (quantized === undefined) {
    throw new UserError(
      `${path} holds no quantized network`,
      model.imported === undefined
        ? "train it again: `pinfer train experiment.ts`"
        : "import it again with samples of what the device will see: --calibrate samples.npy",
    );
  }
  if (accepts === "single" && quantized.states.length > 0) {
    throw new UserError(
      oneLine`network "${quantized.name}" keeps ${quantized.states.length} tensors from one run to the next; ` +
        "this command runs every sample for itself",
      "`pinfer compare`, `predict` and `infer` run sequences",
    );
  }
  if (accepts === "single") expectOnePort(quantized, "this command", onePortHint);
  return { ...model, quantized };
}
