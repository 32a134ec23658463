import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";

/** Undefined behaviour and bad addresses end the program instead of giving some value. */
const flags = [
  "-std=c11",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-O2",
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
  `-I${firmwareDirectory}`,
];

/** A folder that is gone when `use` has ended. */
export function withTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-test-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Compiles C files for this computer under the address and undefined-behaviour sanitizers and runs the program.
 *
 * @param files name → text; the .c files among them are compiled together
 * @param input what the program finds on standard input
 * @param moreFlags for the compiler, after its usual ones
 * @returns what it writes to standard output
 */
export function runC(
  files: Readonly<Record<string, string>>,
  input: Uint8Array,
  moreFlags: readonly string[] = [],
): Buffer {
  return withTemporaryFolder((folder) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const sources = Object.keys(files).filter((name) => name.endsWith(".c"));
    execFileSync("gcc", [...flags, ...moreFlags, ...sources, "-o", "program"], {
      cwd: folder,
      stdio: "pipe",
    });
    return execFileSync(join(folder, "program"), { input, maxBuffer: 2 ** 28, stdio: "pipe" });
  });
}
