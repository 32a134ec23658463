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

/** A drive that takes firmware: whose it is, the files that it is known by, and what is copied there. */
export interface DriveKind {
  readonly whose: string;
  readonly marks: readonly string[];
  /** What stands in one of them, where others have such a file too. */
  readonly says?: string;
  readonly file: string;
  readonly hint: string;
  /** It goes as soon as it has the whole file. */
  readonly isLeaving: boolean;
}

/** An ST-LINK's, by its firmware. */
export const stlinkDrive: DriveKind = {
  whose: "an ST-LINK",
  marks: ["MBED.HTM", "DETAILS.TXT"],
  file: "firmware.bin",
  hint: "name the folder that the board's drive is mounted at, NODE_… or DIS_…",
  isLeaving: false,
};

/** The RP2040's own. Source: RP2040 datasheet §2.8.4. */
export const bootselDrive: DriveKind = {
  whose: "a board whose BOOTSEL was held",
  marks: ["INFO_UF2.TXT"],
  says: "RPI-RP2",
  file: "firmware.uf2",
  hint: "hold BOOTSEL while plugging the board in, and name the folder that RPI-RP2 is mounted at",
  isLeaving: true,
};

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
 * The one drive of its kind among folders.
 *
 * @throws UserError when there is none, or more than one
 */
export function findDrive(folders: readonly string[], kind: DriveKind = stlinkDrive): string {
  const found = folders.filter((folder) => isDrive(folder, kind));
  if (found.length === 1) return found[0]!;
  throw new UserError(
    found.length === 0
      ? `no drive of ${kind.whose} is mounted`
      : oneLine`${found.length} such drives are mounted: ${found.join(", ")}`,
    `${kind.isLeaving ? "hold BOOTSEL while plugging the board in; " : ""}--drive names the folder; on Linux a file ` +
      "manager mounts it, or `udisksctl mount --block-device /dev/sdX`",
  );
}

function isDrive(folder: string, { marks, says = "" }: DriveKind): boolean {
  return marks.some((name) => {
    const file = join(folder, name);
    return existsSync(file) && (says === "" || readText(file).includes(says));
  });
}

/**
 * Copies an image to a drive, which writes it to the start of flash and starts the board.
 *
 * @returns the file
 * @throws UserError when the folder is no such drive, cannot be written, or the ST-LINK leaves its FAIL.TXT
 */
export function copyToDrive(drive: string, image: Uint8Array, kind: DriveKind = stlinkDrive): string {
  const { whose, marks, says, hint } = kind;
  if (!isDrive(drive, kind)) {
    throw new UserError(
      oneLine`${drive} is no drive of ${whose}: it has ${marks.length === 1 ? "no" : "neither"} ${marks.join(" nor ")}${says === undefined ? "" : ` of ${says}`}`,
      hint,
    );
  }
  const file = join(drive, kind.file);
  try {
    writeFileSync(file, image);
    const opened = openSync(file, "r+");
    fsyncSync(opened);
    closeSync(opened);
  } catch (cause) {
    if (kind.isLeaving && !isDrive(drive, kind)) return file;
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
