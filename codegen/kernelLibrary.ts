import { existsSync } from "node:fs";
import path from "node:path";
import { IndentationText, Project } from "ts-morph";
import type { KernelSource } from "./ir.js";
import { readKernel } from "./readKernel.js";

/** Reads kernels from a folder of TypeScript files on demand, each once. */
export class KernelLibrary {
  private readonly project = new Project({
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces },
  });
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
    const source = readKernel(this.project.addSourceFileAtPath(file), `${this.displayFolder}/${name}.ts`);
    this.read.set(name, source);
    return source;
  }
}
