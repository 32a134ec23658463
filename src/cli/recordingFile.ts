import { closeSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { readText, writeFilesAtomically } from "../base/files.js";
import { makeFolder } from "../base/makeFolder.js";
import { stretchesOf } from "../link/rowTiming.js";
import type { SensorRow } from "../link/sensorLines.js";
import { classOfFile } from "../train/data/dataFiles.js";
import { atEnd } from "./atEnd.js";

/** An empty file that is older was left by a `record` that was killed: none waits for its first rows for so long. */
const LEFT_OVER_MS = 5 * 60_000;

/** @throws UserError for what `recordings` would not read back as the class of a file */
export function expectLabel(label: string): void {
  if (/^[\w][\w .-]*$/.test(label) && classOfFile(`${label}-01.csv`) === label) return;
  throw new UserError(
    `label "${label}" cannot name a file's class`,
    "take letters, digits, - and _, with a letter or a digit at both ends: the file gets a number behind it",
  );
}

/** A file that nobody else records into. */
export interface ReservedRecording {
  readonly path: string;
  /** Removes the file if nothing was written into it. */
  release(): void;
}

/**
 * Makes the next of <folder>/<label>-01.csv, <label>-02.csv, … that is not there, empty, so that of several that record
 * at once each has its own. The folder is made if it is missing. Whatever ends the program removes a file that is
 * still empty.
 *
 * @throws UserError when the file cannot be made
 */
export function reserveRecording(folder: string, label: string): ReservedRecording {
  makeFolder(folder);
  for (let number = 1; ; number++) {
    const path = join(folder, `${label}-${String(number).padStart(2, "0")}.csv`);
    removeIfEmpty(path, LEFT_OVER_MS);
    if (makeFile(path)) return { path, release: atEnd(() => removeIfEmpty(path)) };
  }
}

/** @returns false when there is one */
function makeFile(path: string): boolean {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    throw new UserError(`cannot write ${path}: ${message}`, "check that you may write there", { cause });
  }
}

function removeIfEmpty(path: string, minimumAgeMs = Number.NEGATIVE_INFINITY): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isFile() || status.size > 0 || Date.now() - status.mtimeMs < minimumAgeMs) return;
  rmSync(path, { force: true });
}

/**
 * Recordings of a folder are read together, so their columns must be the same.
 *
 * @throws UserError when another recording in the folder has other columns
 */
export function expectSameColumns(folder: string, names: readonly string[]): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".csv"))) {
    const path = join(folder, file);
    if (!statSync(path, { throwIfNoEntry: false })?.size) continue; // reserved by another that records
    const [header] = readText(path).split(/\r?\n/, 1);
    if (header === names.join(",")) return;
    throw new UserError(
      `${path} has columns ${header}; these are ${names.join(",")}`,
      "record into another folder with --output, or name the columns alike with --columns",
    );
  }
}

/** Replaces the file as a whole, so that it is never half of a row. A blank line stands where rows are missing. */
export function writeRecording(path: string, names: readonly string[], rows: readonly SensorRow[]): void {
  const stretches = stretchesOf(rows).map((stretch) =>
    stretch.map(({ cells }) => `${cells.join(",")}\n`).join(""),
  );
  writeFilesAtomically([{ path, data: `${names.join(",")}\n${stretches.join("\n")}` }]);
}
