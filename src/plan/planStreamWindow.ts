import { elementCount } from "../base/tensor.js";
import type { QuantizedStreamWindow } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { expectSameQuantization } from "./sameQuantization.js";

/**
 * Settles how far the rows of a state move up.
 *
 * @throws UserError where scales or zero points differ
 */
export function planStreamWindow(
  layer: QuantizedStreamWindow,
  { inputs, output }: LayerContext,
): KernelChoice {
  expectSameQuantization(layer.name, inputs, output);
  const added = elementCount(inputs[0]!.shape);
  return { kernel: "streamWindow", layer: { kept: elementCount(output.shape) - added, added } };
}
