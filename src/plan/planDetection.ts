import { elementCount } from "../base/tensor.js";
import type { QuantizedDetection } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

/** Settles what sum of probabilities is a detection. */
export function planDetection(
  { window, cutoff, holdOff, frames }: QuantizedDetection,
  { inputs: [input] }: LayerContext,
): KernelChoice {
  return {
    kernel: "detection",
    layer: {
      ...{ classes: elementCount(input!.shape), window, cutoff, holdOff },
      ...{ largestSum: window * cutoff, earlierFrames: frames - 1 },
    },
  };
}
