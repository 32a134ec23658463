import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** Of this computer, so that a process of another one that writes into the same folder is not taken for dead. */
const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 4);
const owner = `${host}-${process.pid}`;
/** A file that is older is left over, wherever its process ran: none takes so long to write one. */
const oldestFileMs = 24 * 3600 * 1000;
/** File systems take names of 255 bytes. */
const longestStem = 200;

/** A name beside `path` that no other process uses; whoever is killed leaves it to {@link removeLeftoverFiles}. */
export function temporaryPath(path: string, index: number): string {
  const stem = Buffer.from(basename(path)).subarray(0, longestStem).toString("latin1");
  return join(dirname(path), `.${stem.replace(/[^\w.-]/g, "_")}.${owner}-${index}.tmp`);
}

/** Makes a folder in the system's place for such; folders of processes that were killed are removed. */
export function makeTemporaryFolder(): string {
  removeLeftovers(tmpdir(), /^pinfer-([0-9a-f]{4})-(\d+)-\w{6}$/);
  return mkdtempSync(join(tmpdir(), `pinfer-${owner}-`));
}

const cleaned = new Set<string>();

/** Removes what writers left in a folder that were killed; looks once into each. */
export function removeLeftoverFiles(folder: string): void {
  if (cleaned.has(folder)) return;
  cleaned.add(folder);
  removeLeftovers(folder, /^\..*\.([0-9a-f]{4})-(\d+)-\d+\.tmp$/);
}

/** What cannot be removed, or is another user's, stays: nothing depends on it. */
function removeLeftovers(folder: string, ours: RegExp): void {
  try {
    for (const name of readdirSync(folder)) {
      const [, ofHost, pid] = ours.exec(name) ?? [];
      if (pid === undefined) continue;
      const path = join(folder, name);
      const isDead = ofHost === host && !isAlive(Number(pid));
      if (isDead || isOldFile(path)) rmSync(path, { recursive: true, force: true });
    }
  } catch {}
}

function isOldFile(path: string): boolean {
  const status = lstatSync(path);
  return status.isFile() && Date.now() - status.mtimeMs > oldestFileMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's
  }
}
