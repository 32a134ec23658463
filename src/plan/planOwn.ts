import { UserError } from "../base/errors.js";
import type { QuantizedOwn } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

/** A user's kernel with the numbers that its layer settled. */
export function planOwn({ kernel, numbers, tables }: QuantizedOwn, { network }: LayerContext): KernelChoice {
  const namesake = network?.layers.find(
    (layer) => layer.kind === "own" && layer.kernel.name === kernel.name && layer.kernel.text !== kernel.text,
  );
  if (namesake) {
    throw new UserError(
      `layer "${namesake.name}" has another kernel "${kernel.name}"; in C a network has one of a name`,
      "call one of them otherwise",
    );
  }
  return { kernel: kernel.name, own: kernel, layer: { ...numbers, ...tables } };
}
