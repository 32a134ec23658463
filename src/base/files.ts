import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { systemHint, UserError } from "./errors.js";
import { removeLeftoverFiles, temporaryPath } from "./temporaries.js";

export interface FileToWrite {
  readonly path: string;
  readonly data: Uint8Array | string;
}

/**
 * Writes each file under a temporary name in its own folder, flushes it to the disk, and renames all of them at the
 * end, in order. An interrupted write leaves the old files as they were, or whole new ones. What an earlier one left
 * that was killed is removed.
 *
 * @throws UserError when a file cannot be written
 */
export function writeFilesAtomically(files: readonly FileToWrite[]): void {
  const temporaries = files.map(({ path }, index) => temporaryPath(path, index));
  const folders = new Set(files.map(({ path }) => dirname(path)));
  try {
    for (const { path } of files) expectReplaceable(path);
    for (const folder of folders) removeLeftoverFiles(folder);
    files.forEach(({ data }, index) => {
      writeAndFlush(temporaries[index], typeof data === "string" ? Buffer.from(data) : data);
    });
    files.forEach(({ path }, index) => {
      renameSync(temporaries[index], path);
    });
    for (const folder of folders) flushFolder(folder);
  } catch (cause) {
    temporaries.forEach(removeQuietly);
    throw cannotWrite(files.map(({ path }) => path).join(", "), cause);
  }
}

/**
 * Tells before long work what would keep its result from being written: no folder, a folder of that name, a name that
 * is too long, no permission, a disk that is only read. What it cannot know is whether there will be room.
 *
 * @throws UserError when nothing can be written to `path`
 */
export function expectWritable(path: string): void {
  const temporary = temporaryPath(path, 0);
  try {
    expectReplaceable(path);
    closeSync(openSync(temporary, "w"));
  } catch (cause) {
    throw cannotWrite(path, cause);
  } finally {
    removeQuietly(temporary);
  }
}

/** A rename would put a file in the place of a device, as of /dev/null. */
function expectReplaceable(path: string): void {
  const status = statSync(path, { throwIfNoEntry: false }); // throws when the name is too long
  if (status === undefined || status.isFile()) return;
  throw new UserError(
    `cannot write ${path}: it is ${status.isDirectory() ? "a folder" : "no ordinary file"}`,
    "choose another name",
  );
}

/** Whatever becomes of the temporary file, the reason of the failure is told. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function cannotWrite(paths: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const hint =
    systemHint(cause) ?? "check that the folder exists, that you may write to it, and that the disk has room";
  return new UserError(`cannot write ${paths}: ${(cause as Error).message}`, hint, { cause });
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
/** 256 MiB, for what becomes a text: twice as many bytes and it could not be one. */
export const maximumTextBytes: number = 2 ** 28;

/**
 * Reads a file that may be anything: folders, pipes and devices are refused, which would block or never end.
 *
 * @param what it is, for messages: "the model"
 * @throws UserError when there is no such file, it cannot be read, or is larger than `maximumBytes`
 */
export function readBytes(path: string, maximumBytes: number = maximumFileBytes, what?: string): Buffer {
  expectFile(path, maximumBytes, what);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw cannotRead(path, what, cause);
  }
}

/** What {@link readBytes} asks of a file, for those who have it read by others. */
export function expectFile(path: string, maximumBytes: number = maximumFileBytes, what?: string): void {
  const status = statOrThrow(path, what);
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
}

function statOrThrow(path: string, what: string | undefined): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw cannotRead(path, what, cause);
  }
}

function cannotRead(path: string, what: string | undefined, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === "ENOENT" ? "there is no such file" : message;
  const named = what === undefined ? path : `${what} ${path}`;
  return new UserError(`cannot read ${named}: ${reason}`, systemHint(cause) ?? "check the path", { cause });
}

/** The text of a file, read as {@link readBytes} does. */
export function readText(path: string, what?: string): string {
  return readBytes(path, maximumTextBytes, what).toString("utf8");
}
