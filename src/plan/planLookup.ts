import { elementCount } from "../base/tensor.js";
import type { QuantizedLookup } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { isInt16 } from "./planInt16.js";

/** Settles a function of one value as its table. */
export function planLookup(layer: QuantizedLookup, { output }: LayerContext): KernelChoice {
  return {
    kernel: isInt16(output) ? "lookupInt16" : "lookup",
    layer: { size: elementCount(output.shape), table: layer.table },
    inPlace: [0],
  };
}
