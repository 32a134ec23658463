import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import type { ActivationData } from "../../src/network/quantizedNetwork.js";
import type { Program } from "../../src/program/program.js";
import { runInC } from "../codegen/runNetwork.js";

export { runOracle } from "../codegen/runNetwork.js";

const kernels = new KernelLibrary("src/kernels", "src/kernels");

/** The program's generated C, compiled under the sanitizers: each input's layer outputs, then its output. */
export function runGenerated(program: Program, inputs: readonly ActivationData[]): number[] {
  return runInC(program, kernels, inputs);
}
