import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { type FileToWrite, readBytes, readText, writeFilesAtomically } from "../base/files.js";
import { type Optimize, optimizeModes } from "../program/program.js";
import { targets } from "../program/target.js";
import type { ProjectFormat } from "./projectFormats.js";
import { type TextForm, textInputs, textResults } from "./textForm.js";

/** The file in an exported folder that says what the folder holds. */
export const manifestName = "pinfer.json";

/** SHA-256 of files, by their paths in the folder, with "/" between names. */
export type FileHashes = Readonly<Record<string, string>>;

export interface FirmwareManifest extends TextForm {
  readonly format: "pinfer-firmware";
  readonly version: 2;
  /** A board's id. */
  readonly board: string;
  /** What the network's code was chosen for; it decides the compiler's options too. */
  readonly optimize: Optimize;
  /** A target's id: what its kernels count on. Left out by those who knew of none: "any". */
  readonly target?: string;
  /** {@link tuningHash} of the measurements by which kernels were chosen. Left out where a model chose them. */
  readonly tuned?: string;
  /** It answers the text protocol of MLPerf Tiny too. Left out where it does not. */
  readonly dut?: true;
  /** It holds pins.c and pins.h, and windows.c and windows.h where its network sees windows of what pins read. */
  readonly pins?: true | "windows";
  /** What the network's files and names in C begin with. Left out for "network". */
  readonly name?: string;
  /** The firmware's own variable is the network's arena: firmware/arena.c. Left out where the network has its own. */
  readonly arena?: "shared";
  /** Bytes of each of two slots, in which other tables of the network may stand. Left out where there are none. */
  readonly slots?: number;
  readonly network: { readonly name: string; readonly hash: string };
  /** Bytes, as planned. */
  readonly sizes: {
    readonly tables: number;
    readonly arena: number;
    readonly input: number;
    readonly output: number;
  };
  /** Each file that is compiled, as it belongs to the others. */
  readonly files: FileHashes;
  /** All files as the export wrote them. Left out by those who wrote no list. */
  readonly written?: FileHashes;
}

/** What a folder holds that was exported for others' tools: the network's C and no firmware. */
export interface ProjectManifest
  extends Pick<FirmwareManifest, "optimize" | "target" | "arena" | "pins" | "network" | "sizes"> {
  readonly format: "pinfer-project";
  readonly version: 1;
  readonly layout: ProjectFormat;
  readonly name: string;
  /** It holds <name>_link.c and .h. */
  readonly link?: true;
  readonly written: FileHashes;
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
  const ofPins = pins === "windows" ? ["pins.c", "windows.c"] : pins ? ["pins.c"] : [];
  const others = [...ofPins, ...(arena === "shared" ? ["firmware/arena.c"] : [])];
  return { network: `${name}.c`, others };
}

/**
 * What stands in the manifest's place while an export replaces the files: they belong to no network then, but are ours,
 * as one export or another wrote them.
 */
export function printInterruptedManifest(written: readonly FileHashes[]): string {
  return `${JSON.stringify({ format: "pinfer-firmware", isComplete: false, written })}\n`;
}

export function printManifest(manifest: FirmwareManifest | ProjectManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export function hashesOf(files: readonly FileToWrite[]): FileHashes {
  return Object.fromEntries(files.map(({ path, data }) => [path, sha256(data)]));
}

/** SHA-256 of what was measured: it tells whether the same would be chosen. */
export function tuningHash(measured: ReadonlyMap<string, number>): string {
  return sha256(JSON.stringify([...measured]));
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
    target,
    tuned,
    dut,
    dutInput,
    dutResult,
    pins,
    name,
    arena,
    slots,
    network,
    sizes,
    files,
    written,
  } = value as Partial<FirmwareManifest>;
  return (
    format === "pinfer-firmware" &&
    version === 2 &&
    typeof board === "string" &&
    optimizeModes.some((mode) => mode === optimize) &&
    (target === undefined || targets.some(({ id }) => id === target)) &&
    (tuned === undefined || (typeof tuned === "string" && /^[0-9a-f]{64}$/.test(tuned))) &&
    (dut === undefined || dut === true) &&
    (dutInput === undefined || textInputs.some((input) => input === dutInput)) &&
    (dutResult === undefined || textResults.some((result) => result === dutResult)) &&
    (pins === undefined || pins === true || pins === "windows") &&
    (name === undefined || (typeof name === "string" && /^[a-z][a-z0-9_]*$/.test(name))) &&
    (arena === undefined || arena === "shared") &&
    (slots === undefined || (Number.isSafeInteger(slots) && slots > 0)) &&
    typeof network?.name === "string" &&
    /^[0-9a-f]{64}$/.test(network.hash) &&
    [sizes?.tables, sizes?.arena, sizes?.input, sizes?.output].every(Number.isSafeInteger) &&
    isFileHashes(files) &&
    (written === undefined || isFileHashes(written))
  );
}

/** Paths stay in the folder. */
export function isFileHashes(files: unknown): files is FileHashes {
  if (typeof files !== "object" || files === null) return false;
  return Object.entries(files).every(
    ([path, hash]) => /^(?!\.)[\w+-][\w.+-]*(\/[\w+-][\w.+-]*)*$/.test(path) && /^[0-9a-f]{64}$/.test(hash),
  );
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
  const { format, isComplete } = (manifest ?? {}) as { format?: unknown; isComplete?: unknown };
  if (isComplete === false) {
    throw new UserError(
      `an export into ${folder} was interrupted: its files do not belong together`,
      "export the firmware again",
    );
  }
  if (format === "pinfer-project") {
    throw new UserError(
      `${folder} holds a network for others' tools and no firmware`,
      "its README.md says how they build it; `pinfer export-firmware model.json` without --format makes firmware",
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
  for (const [path, hash] of Object.entries(manifest.files)) {
    const file = join(folder, path);
    if (!existsSync(file))
      throw new UserError(`${file} is missing: ${manifestName} tells of it`, "export again");
    if (sha256(readBytes(file)) === hash) continue;
    throw new UserError(
      `${file} is not as it was exported: its SHA-256 is not the one in ${manifestName}`,
      `delete it and export again; if you changed it, \`pinfer build ${folder} --changed\` takes all files as they are`,
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
