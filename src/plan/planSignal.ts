import { elementCount } from "../base/tensor.js";
import { type QuantizedSignal, signalTables } from "../network/signalBlocks.js";
import { settleSignal } from "../signal/settleSignal.js";
import type { KernelChoice } from "./kernelChoice.js";

/**
 * Settles the numbers of a signal block.
 *
 * @throws UserError where a spectrum's sums have no room
 */
export function planSignal({ name, block }: QuantizedSignal): KernelChoice {
  return {
    ...settleSignal(name, block),
    parameters: signalTables(block).reduce((sum, { shape }) => sum + elementCount(shape), 0),
  };
}
