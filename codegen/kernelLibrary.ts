import { existsSync } from "node:fs";
import path from "node:path";
import { IndentationText, Project } from "ts-morph";
import { packageRoot } from "../src/base/packageRoot.js";
import type { KernelSource } from "./ir.js";
import { type Arithmetic, arithmeticSpecifiers } from "./kernelFiles.js";
import { readKernel } from "./readKernel.js";
import { readSignatures } from "./signatures.js";

/** Reads kernels from a folder of TypeScript files on demand, each once. */
export class KernelLibrary {
  private readonly project = new Project({
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces },
  });
  private arithmetic: Arithmetic | undefined;
  private readonly read = new Map<string, KernelSource>();

  /**
   * @param folder where `<name>.ts` lies
   * @param displayFolder how messages and provenance name the folder
   */
  constructor(
    private readonly folder: string,
    private readonly displayFolder: string,
  ) {}

  /** @throws UserError if the kernel's file is outside the subset */
  get(name: string): KernelSource {
    const known = this.read.get(name);
    if (known) return known;
    const file = path.join(this.folder, `${name}.ts`);
    if (!existsSync(file)) throw new Error(`no kernel "${name}": ${file} does not exist`);
    this.arithmetic ??= this.readArithmetic();
    const display = `${this.displayFolder}/${name}.ts`;
    const source = readKernel(this.project.addSourceFileAtPath(file), display, this.arithmetic);
    this.read.set(name, source);
    return source;
  }

  /** The package's own int.ts and simd.ts, whose C twins are in firmware/. */
  private readArithmetic(): Arithmetic {
    return new Map(
      arithmeticSpecifiers.map((specifier) => {
        const name = path.basename(specifier, ".js");
        const file = this.project.addSourceFileAtPath(path.join(packageRoot, `src/kernels/${name}.ts`));
        return [specifier, readSignatures(new Map(file.getFunctions().map((f) => [f.getNameOrThrow(), f])))];
      }),
    );
  }
}
