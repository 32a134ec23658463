import path from "node:path";
import { Project } from "ts-morph";
import { packageRoot } from "../../src/base/packageRoot.js";
import type { Program } from "../../src/program/program.js";
import type { GeneratedCode } from "../../src/program/runner.js";
import { arithmeticSpecifiers } from "../kernelFiles.js";
import { readKernel } from "../networkFiles.js";
import type { ArithmeticFunction } from "./arithmeticFunction.js";
import { printHostModule } from "./hostModule.js";
import { readArithmetic } from "./readArithmetic.js";

let arithmetic: readonly ArithmeticFunction[] | undefined;

/** The package's own int.ts and simd.ts. */
export function hostArithmetic(): readonly ArithmeticFunction[] {
  if (arithmetic === undefined) {
    const project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true });
    arithmetic = arithmeticSpecifiers.flatMap((specifier) => {
      const name = path.basename(specifier, ".js");
      return readArithmetic(project.addSourceFileAtPath(path.join(packageRoot, `src/kernels/${name}.ts`)));
    });
  }
  return arithmetic;
}

/** A program's kernels as WebAssembly. */
export function hostModule(program: Program): GeneratedCode {
  return printHostModule(program, readKernel, hostArithmetic());
}
