import type { Program } from "../../src/program/program.js";
import type { GeneratedCode } from "../../src/program/runner.js";
import { readKernel, storedArithmetic } from "../storedKernels.js";
import { printHostModule } from "./hostModule.js";

/** A program's kernels as WebAssembly. */
export function hostModule(program: Program): GeneratedCode {
  return printHostModule(program, readKernel, storedArithmetic());
}
