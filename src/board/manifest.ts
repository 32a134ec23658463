import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { type FileToWrite, readBytes, readText, writeFilesAtomically } from "../base/files.js";
import { type Optimize, optimizeModes } from "../program/program.js";
import { type TextForm, textInputs, textResults } from "./textForm.js";

/** The file in an exported folder that says what the folder holds. */
export const manifestName = "pinfer.json";

export interface FirmwareManifest extends TextForm {
  readonly format: "pinfer-firmware";
  readonly version: 2;
  /** A board's id. */
  readonly board: string;
  /** What the network's code was chosen for; it decides the compiler's options too. */
  readonly optimize: Optimize;
  /** It answers the text protocol of MLPerf Tiny too. Left out where it does not. */
  readonly dut?: true;
  /** It holds pins.c and pins.h. */
  readonly pins?: true;
  /** What the network's files and names in C begin with. Left out for "network". */
  readonly name?: string;
  /** The firmware's own variable is the network's arena: firmware/arena.c. Left out where the network has its own. */
  readonly arena?: "shared";
  readonly network: { readonly name: string; readonly hash: string };
  /** Bytes, as planned. */
  readonly sizes: {
    readonly tables: number;
    readonly arena: number;
    readonly input: number;
    readonly output: number;
  };
  /** SHA-256 of each file that is compiled, by its path in the folder, with "/" between names. */
  readonly files: Readonly<Record<string, string>>;
}

/** The C files of an export that belong to its network and not to its board, by their paths in the folder. */
export function networkSources({
  name = "network",
  arena,
  pins,
}: Pick<FirmwareManifest, "name" | "arena" | "pins">): {
  readonly network: string;
  readonly others: string[];
} {
  const others = [...(pins ? ["pins.c"] : []), ...(arena === "shared" ? ["firmware/arena.c"] : [])];
  return { network: `${name}.c`, others };
}

/** What stands in the manifest's place while an export replaces the files: they belong to no network then. */
const interruptedManifest = `${JSON.stringify({ format: "pinfer-firmware", isComplete: false })}\n`;

export function printManifest(manifest: FirmwareManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function isManifest(value: unknown): value is FirmwareManifest {
  if (typeof value !== "object" || value === null) return false;
  const {
    format,
    version,
    board,
    optimize,
    dut,
    dutInput,
    dutResult,
    pins,
    name,
    arena,
    network,
    sizes,
    files,
  } = value as Partial<FirmwareManifest>;
  return (
    format === "pinfer-firmware" &&
    version === 2 &&
    typeof board === "string" &&
    optimizeModes.some((mode) => mode === optimize) &&
    (dut === undefined || dut === true) &&
    (dutInput === undefined || textInputs.some((input) => input === dutInput)) &&
    (dutResult === undefined || textResults.some((result) => result === dutResult)) &&
    (pins === undefined || pins === true) &&
    (name === undefined || (typeof name === "string" && /^[a-z][a-z0-9_]*$/.test(name))) &&
    (arena === undefined || arena === "shared") &&
    typeof network?.name === "string" &&
    /^[0-9a-f]{64}$/.test(network.hash) &&
    [sizes?.tables, sizes?.arena, sizes?.input, sizes?.output].every(Number.isSafeInteger) &&
    isFiles(files)
  );
}

/** Paths stay in the folder. */
function isFiles(files: unknown): boolean {
  if (typeof files !== "object" || files === null) return false;
  return Object.entries(files).every(
    ([path, hash]) => /^(?!\.)[\w+-][\w.+-]*(\/[\w+-][\w.+-]*)*$/.test(path) && /^[0-9a-f]{64}$/.test(hash),
  );
}

/**
 * Writes an export's files, of which the manifest is the last. Cut between two of them, the folder says so, whatever it
 * held before.
 *
 * @param files paths are relative to the folder; their folders are there
 * @throws UserError when a file cannot be written
 */
export function writeExport(folder: string, files: readonly FileToWrite[]): void {
  const placed = files.map(({ path, data }) => ({ path: join(folder, path), data }));
  writeFilesAtomically([{ path: join(folder, manifestName), data: interruptedManifest }, ...placed]);
}

/** @throws UserError when the folder was not written by export-firmware */
export function readManifest(folder: string): FirmwareManifest {
  const file = join(folder, manifestName);
  if (!existsSync(file)) {
    throw new UserError(
      `${folder} is no exported firmware: it has no ${manifestName}`,
      "make one with `pinfer export-firmware model.json --board olimex-stm32-h405 -o firmware`",
    );
  }
  const text = readText(file);
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    manifest = undefined;
  }
  if (text === interruptedManifest) {
    throw new UserError(
      `an export into ${folder} was interrupted: its files do not belong together`,
      "export the firmware again",
    );
  }
  if (!isManifest(manifest)) {
    throw new UserError(`${file} is damaged, or of another version of pinfer`, "export the firmware again");
  }
  return manifest;
}

/**
 * The manifest of a folder whose files are those that were exported together.
 *
 * @throws UserError when a file is missing or another one, or the folder was not written by export-firmware
 */
export function readWholeManifest(folder: string): FirmwareManifest {
  const manifest = readManifest(folder);
  const hint = `export it again; if you changed it, \`pinfer build ${folder} --changed\` takes all files as they are`;
  for (const [path, hash] of Object.entries(manifest.files)) {
    const file = join(folder, path);
    if (!existsSync(file)) throw new UserError(`${file} is missing: ${manifestName} tells of it`, hint);
    if (sha256(readBytes(file)) === hash) continue;
    throw new UserError(
      `${file} is not as it was exported: its SHA-256 is not the one in ${manifestName}`,
      hint,
    );
  }
  return manifest;
}

/**
 * Takes the files of an exported folder as they are, since somebody changed them on purpose: the manifest tells of them.
 *
 * @throws UserError when a file is missing, or the folder was not written by export-firmware
 */
export function acceptChanges(folder: string): void {
  const manifest = readManifest(folder);
  const paths = Object.keys(manifest.files);
  const files = Object.fromEntries(paths.map((path) => [path, sha256(readBytes(join(folder, path)))]));
  writeFilesAtomically([{ path: join(folder, manifestName), data: printManifest({ ...manifest, files }) }]);
}
