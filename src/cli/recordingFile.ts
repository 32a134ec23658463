import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { readText, writeFilesAtomically } from "../base/files.js";
import type { SensorRow } from "../link/sensorLines.js";
import { classOfFile } from "../train/data/dataFiles.js";
import { makeFolder } from "./makeFolder.js";

/** @throws UserError for what `recordings` would not read back as the class of a file */
export function expectLabel(label: string): void {
  if (/^[\w][\w .-]*$/.test(label) && classOfFile(`${label}-01.csv`) === label) return;
  throw new UserError(
    `label "${label}" cannot name a file's class`,
    "take letters, digits, - and _, with a letter or a digit at both ends: the file gets a number behind it",
  );
}

/** The next of <folder>/<label>-01.csv, <label>-02.csv, … that is not there. The folder is made if it is missing. */
export function nextRecording(folder: string, label: string): string {
  makeFolder(folder);
  for (let number = 1; ; number++) {
    const path = join(folder, `${label}-${String(number).padStart(2, "0")}.csv`);
    if (!existsSync(path)) return path;
  }
}

/**
 * Recordings of a folder are read together, so their columns must be the same.
 *
 * @throws UserError when another recording in the folder has other columns
 */
export function expectSameColumns(folder: string, names: readonly string[]): void {
  const other = readdirSync(folder).find((file) => file.endsWith(".csv"));
  if (other === undefined) return;
  const header = readText(join(folder, other)).split(/\r?\n/, 1)[0]!;
  if (header === names.join(",")) return;
  throw new UserError(
    `${join(folder, other)} has columns ${header}; these are ${names.join(",")}`,
    "record into another folder with --output, or name the columns alike with --columns",
  );
}

/** Replaces the file as a whole, so that it is never half of a row. */
export function writeRecording(path: string, names: readonly string[], rows: readonly SensorRow[]): void {
  const lines = [names.join(","), ...rows.map(({ cells }) => cells.join(","))];
  writeFilesAtomically([{ path, data: `${lines.join("\n")}\n` }]);
}
