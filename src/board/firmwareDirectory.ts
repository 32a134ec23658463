import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's firmware/ folder, whether this file runs as TypeScript in src/ or compiled in dist/src/. */
export const firmwareDirectory: string = findUpwards(dirname(fileURLToPath(import.meta.url)));

function findUpwards(directory: string): string {
  const candidate = join(directory, "firmware");
  if (existsSync(join(candidate, "board.h"))) return candidate;
  const parent = dirname(directory);
  if (parent === directory) throw new Error("the package has no firmware/ folder");
  return findUpwards(parent);
}
