import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const toRoot = "../".repeat(import.meta.url.endsWith(".ts") ? 2 : 3);

/** The package's own folder, whether this file runs as TypeScript in src/ or compiled in dist/src/. */
export const packageRoot: string = fileURLToPath(new URL(toRoot, import.meta.url));

/** The version in package.json: "0.1.0". */
export const packageVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }
).version;
