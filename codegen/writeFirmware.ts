import { dirname, join } from "node:path";
import type { FileToWrite } from "../src/base/files.js";
import { makeFolder } from "../src/base/makeFolder.js";
import type { Board } from "../src/board/board.js";
import { expectOursToReplace, writeExport } from "../src/board/exportedFiles.js";
import type { QuantizedNetwork } from "../src/network/quantizedNetwork.js";
import type { ExportedFirmware, ExportOptions } from "./exportFirmware.js";

/**
 * Writes a network as C with a board's firmware around it into a folder, which is made if it is missing.
 * `pinfer export-firmware` in a program: `buildFolder` compiles it.
 *
 * @throws UserError when the network does not fit the board, or the folder cannot be written
 */
export async function writeFirmware(
  network: QuantizedNetwork,
  board: Board,
  folder: string,
  options: ExportOptions = {},
): Promise<ExportedFirmware> {
  const { exportFirmware } = await import("./exportFirmware.js"); // it brings a compiler of TypeScript along
  const exported = exportFirmware(network, board, options);
  writeExported(folder, exported.files);
  return exported;
}

/**
 * Writes an export's files into a folder, which is made if it is missing.
 *
 * @throws UserError when a file would be replaced that is not ours, or cannot be written
 */
export function writeExported(folder: string, files: readonly FileToWrite[]): void {
  expectOursToReplace(folder, files);
  for (const { path } of files) makeFolder(dirname(join(folder, path)));
  writeExport(folder, files);
}
