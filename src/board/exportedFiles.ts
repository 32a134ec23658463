import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { type FileToWrite, readBytes, readText, writeFilesAtomically } from "../base/files.js";
import { oneLine } from "../base/printable.js";
import {
  type FileHashes,
  hashesOf,
  isFileHashes,
  manifestName,
  printInterruptedManifest,
  sha256,
} from "./manifest.js";

/** As many are named in a message. */
const MOST_NAMED = 4;

/** What exports wrote into a folder, as its manifest tells; undefined where pinfer.json is none of ours. */
function readWritten(folder: string): readonly FileHashes[] | undefined {
  const file = join(folder, manifestName);
  if (!existsSync(file)) return [];
  let manifest: unknown;
  try {
    manifest = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof UserError) throw error;
  }
  // exports that wrote no list of all files have one of those that are compiled
  const { format, files, written = files } = (manifest ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof format !== "string" || !format.startsWith("pinfer-")) return undefined;
  return (Array.isArray(written) ? written : [written]).filter(isFileHashes);
}

function isAsWritten(folder: string, path: string, written: readonly FileHashes[]): boolean {
  const hash = sha256(readBytes(join(folder, path)));
  return written.some((hashes) => Object.hasOwn(hashes, path) && hashes[path] === hash);
}

/**
 * Nothing that somebody wrote or changed is overwritten: what an export replaces is as an earlier one wrote it.
 *
 * @param files paths are relative to the folder
 * @throws UserError that names the files which are not
 */
export function expectOursToReplace(folder: string, files: readonly FileToWrite[]): void {
  const written = readWritten(folder);
  const theirs = files
    .filter(({ path }) => existsSync(join(folder, path)))
    .filter(({ path, data }) =>
      path === manifestName
        ? written === undefined
        : !isAsWritten(folder, path, [...(written ?? []), { [path]: sha256(data) }]),
    )
    .map(({ path }) => path);
  if (theirs.length === 0) return;
  const isOne = theirs.length === 1;
  const more = theirs.length > MOST_NAMED ? ` and ${theirs.length - MOST_NAMED} more` : "";
  throw new UserError(
    oneLine`${folder} has ${theirs.slice(0, MOST_NAMED).join(", ")}${more}, which the export would replace; ` +
      `pinfer did not write ${isOne ? "it" : "them"}, or ${isOne ? "it was" : "they were"} changed since`,
    `move or delete ${isOne ? "it" : "them"}, or choose another folder with -o`,
  );
}

/**
 * Writes an export's files, of which the manifest is the last, and removes what an earlier one wrote and this one does
 * not, if nobody changed it. Cut between two files, the folder says so, whatever it held before.
 *
 * @param files paths are relative to the folder; their folders are there
 * @throws UserError when a file would be replaced that is not ours, or cannot be written
 */
export function writeExport(folder: string, files: readonly FileToWrite[]): void {
  expectOursToReplace(folder, files);
  const placed = files.map(({ path, data }) => ({ path: join(folder, path), data }));
  const before = readWritten(folder) ?? [];
  const now = hashesOf(files);
  const interrupted = printInterruptedManifest([...before, now]);
  writeFilesAtomically([{ path: join(folder, manifestName), data: interrupted }, ...placed]);
  for (const path of new Set(before.flatMap(Object.keys))) {
    if (Object.hasOwn(now, path) || !existsSync(join(folder, path))) continue;
    if (isAsWritten(folder, path, before)) rmSync(join(folder, path));
  }
}
