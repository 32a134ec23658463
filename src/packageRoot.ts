import { fileURLToPath } from "node:url";

const toRoot = import.meta.url.endsWith(".ts") ? ".." : "../..";

/** The package's own folder, whether this file runs as TypeScript in src/ or compiled in dist/src/. */
export const packageRoot: string = fileURLToPath(new URL(`${toRoot}/`, new URL(".", import.meta.url)));
