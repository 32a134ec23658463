import { UserError } from "../base/errors.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { planKernels } from "../plan/planProgram.js";

/** @throws UserError that begins with the file, where a layer has no kernel: a network that is imported is one that runs */
export function expectPlannable(network: QuantizedNetwork, file: string): void {
  try {
    planKernels(network);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${file}: ${error.message}`, error.hint);
  }
}
