import { packageVersion } from "../src/base/packageRoot.js";
import type { FirmwareManifest } from "../src/board/manifest.js";
import { portBytes } from "../src/network/ports.js";
import type { Program } from "../src/program/program.js";
import { planSelfTest } from "../src/program/selfTest.js";
import {
  type GeneratedNetwork,
  generateNetwork,
  type NamingOptions,
  tableBytes,
} from "./generatedNetwork.js";
import { describeNetwork, type NetworkFacts } from "./networkFacts.js";
import { printHeader } from "./printHeader.js";
import { printSource } from "./printNetwork.js";
import { readKernel } from "./storedKernels.js";

/** A file of an export; its path is relative to the export's folder, with "/" between names. */
export interface ExportedFile {
  readonly path: string;
  readonly data: string | Uint8Array;
}

export interface TextFile extends ExportedFile {
  readonly data: string;
}

/** A network's own two files, the same whatever stands around them, and what there is to tell of it. */
export interface NetworkFiles {
  readonly generated: GeneratedNetwork;
  readonly facts: NetworkFacts;
  readonly sizes: FirmwareManifest["sizes"];
  /** The header, and the source. */
  readonly files: readonly [TextFile, TextFile];
}

/** @throws UserError when its name is none for C, or a kernel is outside the subset */
export function generate(program: Program, naming: NamingOptions): GeneratedNetwork {
  return generateNetwork(program, readKernel, { ...naming, selfTest: planSelfTest(program) });
}

/** @throws UserError when its name is none for C, or a kernel is outside the subset */
export function printNetworkFiles(program: Program, naming: NamingOptions): NetworkFiles {
  const generated = generate(program, naming);
  return {
    generated,
    facts: describeNetwork(generated, packageVersion),
    sizes: {
      tables: tableBytes(generated),
      arena: program.arenaBytes,
      input: portBytes(program.inputs),
      output: portBytes(program.outputs),
    },
    files: [
      { path: `${generated.prefix}.h`, data: printHeader(generated, packageVersion) },
      { path: `${generated.prefix}.c`, data: printSource(generated, packageVersion) },
    ],
  };
}
