import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

class Cut extends Error {}

const changing = ["openSync", "writeSync", "fsyncSync", "renameSync", "rmSync", "mkdirSync"] as const;

/**
 * Does some work as a process does it that is killed: `calls` calls that change files come through, all later ones, of
 * cleaning up too, change nothing.
 *
 * @returns whether the work was cut
 */
export function cutAfter(calls: number, work: () => void): boolean {
  const originals = changing.map((name) => fs[name]);
  let left = calls;
  let isCut = false;
  changing.forEach((name, index) => {
    const original = originals[index] as (...given: unknown[]) => unknown;
    Object.assign(fs, {
      [name]: (...given: unknown[]) => {
        if (left === 0) {
          isCut = true;
          throw new Cut(`${name} was not reached`);
        }
        left -= 1;
        return original(...given);
      },
    });
  });
  syncBuiltinESMExports();
  try {
    work();
  } catch (error) {
    if (!isCut) throw error;
  } finally {
    changing.forEach((name, index) => {
      Object.assign(fs, { [name]: originals[index] });
    });
    syncBuiltinESMExports();
  }
  return isCut;
}
