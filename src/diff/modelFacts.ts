import { UserError } from "../base/errors.js";
import { formatShape } from "../base/tensor.js";
import { readModel } from "../model/modelFile.js";
import { hashOf } from "../network/networkHash.js";
import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import { summarizeNetwork } from "../program/summarize.js";
import type { Facts, LayerFacts } from "./facts.js";

/** @throws UserError when the model is damaged or has no integer network */
export function modelFacts(path: string): Facts {
  const { quantized, training } = readModel(path);
  if (quantized === undefined) {
    throw new UserError(`${path} holds no quantized network`, "train it again: `pinfer train experiment.ts`");
  }
  const { name, hash, tableBytes, arenaBytes, macs, parameters } = summarizeNetwork(planProgram(quantized));
  const accuracyFloat = accuracyIn(training?.test);
  const accuracyInt8 = accuracyIn(training?.testInt8);
  return {
    ...{ path, kind: "model", name, hash },
    values: {
      ...{ tableBytes, arenaBytes, macs, parameters },
      ...(accuracyFloat !== undefined && { accuracyFloat }),
      ...(accuracyInt8 !== undefined && { accuracyInt8 }),
    },
    layers: quantized.layers.map((layer) => layerFacts(quantized, layer)),
  };
}

/** How a model was trained is free text for readers: what is no share is none. */
function accuracyIn(metrics: unknown): number | undefined {
  if (typeof metrics !== "object" || metrics === null || !("accuracy" in metrics)) return undefined;
  const { accuracy } = metrics;
  return typeof accuracy === "number" && accuracy >= 0 && accuracy <= 1 ? accuracy : undefined;
}

/** Chosen by whoever designs the network; training finds the others. */
const designed = new Set([
  ...["kernelSize", "strides", "padding", "dilations", "axis", "before", "after"],
  ...["activation", "beta", "kernel"],
]);

function layerFacts({ tensors }: QuantizedNetwork, layer: QuantizedLayer): LayerFacts {
  const { kind, name, inputs, output, ...rest } = layer;
  const fields = Object.entries(rest).filter(([, value]) => value !== undefined);
  const part = (isDesigned: boolean) =>
    Object.fromEntries(fields.filter(([field]) => designed.has(field) === isDesigned));
  const { shape, quantization } = tensors[output];
  return {
    ...{ name, kind, shape: formatShape(shape) },
    parts: {
      settings: hashOf(part(true)),
      inputs: inputs.map((index) => tensors[index].name).join(", "),
      weights: hashOf({ ...part(false), quantization }),
    },
  };
}
