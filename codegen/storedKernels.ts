import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../src/base/packageRoot.js";
import type { OwnKernel } from "../src/network/ownKernel.js";
import type { ArithmeticFunction } from "./arithmeticFunction.js";
import type { KernelSource } from "./ir.js";
import { ownSource } from "./ownSources.js";

/** The package's kernels as they were read when it was built: the compiler that reads them takes a second to load. */
interface StoredKernels {
  readonly fingerprints: Fingerprints;
  readonly kernels: Readonly<Record<string, KernelSource>>;
  /** As the host prints it. */
  readonly arithmetic: readonly ArithmeticFunction[];
}

const kernelFolder = "src/kernels";
/** What is read, and what reads it. */
const folders = [kernelFolder, "codegen"] as const;
/** undefined where the folder is not there: a package that was installed has no sources but its kernels. */
export type Fingerprints = Partial<Readonly<Record<(typeof folders)[number], string>>>;

const storePath = join(packageRoot, "dist/codegen/kernels.json");

function sourcesIn(folder: string): string[] {
  return existsSync(join(packageRoot, folder))
    ? readdirSync(join(packageRoot, folder))
        .filter((file) => file.endsWith(".ts"))
        .sort()
    : [];
}

function fingerprints(): Fingerprints {
  return Object.fromEntries(
    folders.flatMap((folder) => {
      const files = sourcesIn(folder);
      const hash = createHash("sha256");
      for (const file of files) hash.update(`${file}\0${readFileSync(join(packageRoot, folder, file))}\0`);
      return files.length > 0 ? [[folder, hash.digest("hex")]] : [];
    }),
  );
}

function readStore(): StoredKernels | undefined {
  if (!existsSync(storePath)) return undefined;
  const stored = JSON.parse(readFileSync(storePath, "utf8")) as StoredKernels;
  return isCurrent(stored.fingerprints, fingerprints()) ? stored : undefined;
}

/** Whether what is there now is what was there when kernels were read. */
export function isCurrent(read: Fingerprints, now: Fingerprints): boolean {
  return folders.every((folder) => now[folder] === undefined || now[folder] === read[folder]);
}

const loadReaders = async () => {
  const [{ KernelLibrary }, { readArithmeticFiles }] = await Promise.all([
    import("./kernelLibrary.js"),
    import("./arithmeticLibrary.js"),
  ]);
  return { files: new KernelLibrary(join(packageRoot, kernelFolder), kernelFolder), readArithmeticFiles };
};

const stored = readStore();
const readers = stored === undefined ? await loadReaders() : undefined;
let arithmetic = stored?.arithmetic;

/**
 * A kernel of the package, or the user's that was read. The package's files are read again only when they, or a file of
 * codegen/, are not what the build read.
 */
export function readKernel(name: string, own?: OwnKernel): KernelSource {
  if (own) return ownSource(own);
  if (readers) return readers.files.get(name);
  const kernel = stored!.kernels[name];
  if (kernel === undefined) throw new Error(`no kernel "${name}": ${storePath} does not have it`);
  return kernel;
}

/** The functions of int.ts and simd.ts, kept likewise. */
export function storedArithmetic(): readonly ArithmeticFunction[] {
  arithmetic ??= readers!.readArithmeticFiles();
  return arithmetic;
}

/** For the build: reads all kernels of the package. */
export async function storeKernels(): Promise<void> {
  const { files, readArithmeticFiles } = await loadReaders();
  const names = sourcesIn(kernelFolder)
    .map((file) => file.slice(0, -".ts".length))
    .filter((name) =>
      new RegExp(`^export function ${name}\\(\\s*layer: `, "m").test(
        readFileSync(join(packageRoot, kernelFolder, `${name}.ts`), "utf8"),
      ),
    );
  const store: StoredKernels = {
    fingerprints: fingerprints(),
    kernels: Object.fromEntries(names.map((name) => [name, files.get(name)])),
    arithmetic: readArithmeticFiles(),
  };
  writeFileSync(storePath, JSON.stringify(store));
}
