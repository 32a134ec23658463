import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { readText } from "../base/files.js";
import { oneLine } from "../base/printable.js";

/** Files that an ST-LINK shows on its drive, by its firmware. */
const marks = ["MBED.HTM", "DETAILS.TXT"];

/** Where drives are mounted. */
export function mountedFolders(platform: NodeJS.Platform = process.platform): string[] {
  if (platform === "win32") return [..."DEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => `${letter}:\\`);
  if (platform === "darwin") return readdirSync("/Volumes").map((name) => join("/Volumes", name));
  return existsSync("/proc/mounts") ? readMounts(readFileSync("/proc/mounts", "utf8")) : [];
}

/** Of /proc/mounts: the second word of each line, where "\\040" stands for a space. Source: proc(5), fstab(5). */
export function readMounts(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      line
        .split(" ")[1]!
        .replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))),
    );
}

/**
 * The one ST-LINK's drive among folders.
 *
 * @throws UserError when there is none, or more than one
 */
export function findDrive(folders: readonly string[]): string {
  const found = folders.filter(isDrive);
  if (found.length === 1) return found[0]!;
  throw new UserError(
    found.length === 0
      ? "no drive of an ST-LINK is mounted"
      : oneLine`${found.length} drives of ST-LINKs are mounted: ${found.join(", ")}`,
    "--drive names the folder; on Linux a file manager mounts it, or `udisksctl mount --block-device /dev/sdX`",
  );
}

function isDrive(folder: string): boolean {
  return marks.some((name) => existsSync(join(folder, name)));
}

/**
 * Copies an image to an ST-LINK's drive, which writes it to the start of flash and resets the board.
 *
 * @returns the file
 * @throws UserError when the folder is no such drive, cannot be written, or the ST-LINK leaves its FAIL.TXT
 */
export function copyToDrive(drive: string, image: Uint8Array): string {
  if (!isDrive(drive)) {
    throw new UserError(
      oneLine`${drive} is no drive of an ST-LINK: it has neither ${marks.join(" nor ")}`,
      "name the folder that the board's drive is mounted at, NODE_… or DIS_…",
    );
  }
  const file = join(drive, "firmware.bin");
  try {
    writeFileSync(file, image);
    const opened = openSync(file, "r+");
    fsyncSync(opened);
    closeSync(opened);
  } catch (cause) {
    throw new UserError(
      oneLine`cannot copy to ${drive}: ${(cause as Error).message}`,
      "check that the drive may be written, and unplug and plug the board",
      { cause },
    );
  }
  const failure = join(drive, "FAIL.TXT");
  if (existsSync(failure)) {
    throw new UserError(
      oneLine`the ST-LINK did not take the image: ${readText(failure).trim()}`,
      "unplug and plug the board, and try again",
    );
  }
  return file;
}
