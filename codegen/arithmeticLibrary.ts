import path from "node:path";
import { Project } from "ts-morph";
import { packageRoot } from "../src/base/packageRoot.js";
import type { ArithmeticFunction } from "./arithmeticFunction.js";
import { arithmeticSpecifiers } from "./kernelFiles.js";
import { readArithmetic } from "./readArithmetic.js";

/** The functions of the package's own int.ts and simd.ts. */
export function readArithmeticFiles(): readonly ArithmeticFunction[] {
  const project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true });
  return arithmeticSpecifiers.flatMap((specifier) => {
    const name = path.basename(specifier, ".js");
    return readArithmetic(project.addSourceFileAtPath(path.join(packageRoot, `src/kernels/${name}.ts`)));
  });
}
