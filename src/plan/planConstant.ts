import type { QuantizedConstant } from "../network/quantizedNetwork.js";
import type { KernelChoice } from "./kernelChoice.js";

/** Settles values that are the same in every run. */
export function planConstant({ values }: QuantizedConstant): KernelChoice {
  return { kernel: "constant", layer: { size: values.length, values }, parameters: values.length };
}
