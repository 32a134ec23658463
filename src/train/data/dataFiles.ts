import { readdirSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { UserError } from "../../base/errors.js";

const maximumFiles = 200_000;

/** Whether there is a folder of this path; a missing one is the reader's to report. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Paths of the files in a folder that end in one of the extensions, by name; hidden ones are left out.
 *
 * @param extensions lower-case, with the point
 */
export function listFiles(folder: string, extensions: readonly string[]): string[] {
  return list(folder)
    .map(({ name }) => join(folder, name))
    .filter((path) => extensions.includes(extname(path).toLowerCase()) && !isFolder(path));
}

/** Paths of a folder's folders, by name; hidden ones are left out. */
export function listFolders(folder: string): string[] {
  return list(folder)
    .map(({ name }) => join(folder, name))
    .filter(isFolder); // links to folders too
}

function list(folder: string) {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
    if (entries.length > maximumFiles) {
      throw new UserError(`${folder}: holds ${entries.length} files; at most ${maximumFiles} are read`);
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such folder" : message;
    throw new UserError(`cannot read ${folder}: ${reason}`, "check the path", { cause });
  }
}

/** "a/walk-03.csv" as "walk": without extension and a number at the end. */
export function classOfFile(path: string): string {
  const name = basename(path, extname(path));
  return name.replace(/[-_. ]*\d+$/, "") || name;
}
