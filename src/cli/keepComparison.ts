import { existsSync, rmSync } from "node:fs";
import { readBytes, writeFilesAtomically } from "../base/files.js";
import type { ComparisonStore } from "../compare/compareState.js";
import { tryToKeep } from "./tryToKeep.js";

/** What is lost at most when a comparison is cut, unless writing takes long. */
const MS_BETWEEN_WRITES = 200;
/** Of the time at most this part goes into writing. */
const MOST_SHARE = 1 / 20;

/** A comparison kept in a file; it is removed when the comparison is complete. */
export interface FileStore extends ComparisonStore {
  remove(): void;
}

/** A state that cannot be written is told, and the comparison goes on. */
export function keepComparison(path: string): FileStore {
  const keep = tryToKeep("the comparison");
  let dueAt = performance.now() + MS_BETWEEN_WRITES;
  return {
    place: path,
    read: () => (existsSync(path) ? readBytes(path) : undefined),
    write: (makeBytes) => {
      const start = performance.now();
      if (start < dueAt) return;
      keep(() => writeFilesAtomically([{ path, data: makeBytes() }]));
      const end = performance.now();
      dueAt = end + Math.max(MS_BETWEEN_WRITES, (end - start) / MOST_SHARE);
    },
    remove: () => rmSync(path, { force: true }),
  };
}
