import type { ActivationData } from "../../src/network/quantizedNetwork.js";
import type { Program } from "../../src/program/program.js";
import { runInC } from "../codegen/runNetwork.js";
import { packageKernels as kernels } from "./packageKernels.js";

export { runOracle } from "../codegen/runNetwork.js";

/** The program's generated C, compiled under the sanitizers: each input's layer outputs, then its output. */
export function runGenerated(program: Program, inputs: readonly ActivationData[]): number[] {
  return runInC(program, kernels, inputs);
}
