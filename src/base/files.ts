import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "./errors.js";

export interface FileToWrite {
  readonly path: string;
  readonly data: Uint8Array | string;
}

/**
 * Writes each file under a temporary name in its own folder, flushes it to the disk, and renames all of them at the
 * end, in order. An interrupted write leaves the old files as they were, or whole new ones.
 *
 * @throws UserError when a file cannot be written
 */
export function writeFilesAtomically(files: readonly FileToWrite[]): void {
  const temporaries = files.map(({ path }) => join(dirname(path), `.${basename(path)}.${process.pid}.tmp`));
  try {
    files.forEach(({ data }, index) => {
      writeAndFlush(temporaries[index], typeof data === "string" ? Buffer.from(data) : data);
    });
    files.forEach(({ path }, index) => {
      renameSync(temporaries[index], path);
    });
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) flushFolder(folder);
  } catch (cause) {
    for (const temporary of temporaries) rmSync(temporary, { force: true });
    throw new UserError(
      `cannot write ${files.map(({ path }) => path).join(", ")}: ${(cause as Error).message}`,
      "check that the folder exists, that you may write to it, and that the disk has room",
      { cause },
    );
  }
}

function writeAndFlush(path: string, data: Uint8Array): void {
  const file = openSync(path, "w");
  try {
    for (let written = 0; written < data.length; ) written += writeSync(file, data, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the renames last through a power cut. Windows cannot open a folder; there the renames alone must do. */
function flushFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** 1 GiB. */
export const maximumFileBytes: number = 2 ** 30;

/** @throws UserError when there is no such file, it cannot be read, or is larger than `maximumBytes` */
export function readBytes(path: string, maximumBytes: number = maximumFileBytes): Buffer {
  try {
    const status = statSync(path);
    if (!status.isFile()) {
      throw new UserError(
        `${path} is ${status.isDirectory() ? "a folder" : "no ordinary file"}`,
        "give a file",
      );
    }
    if (status.size > maximumBytes) {
      throw new UserError(
        `${path}: ${status.size} B; at most ${maximumBytes} B are read`,
        "split it into parts",
      );
    }
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : message;
    throw new UserError(`cannot read ${path}: ${reason}`, "check the path", { cause });
  }
}
