import { createHash } from "node:crypto";
import { isBuiltin } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UserError } from "../base/errors.js";
import { readText } from "../base/files.js";

/** `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")` and `require("x")`; in a comment too, which harms nothing. */
const imported = /\b(?:from|import|require)\s*\(?\s*(["'`])([^"'`\n]+)\1/g;

/**
 * The SHA-256 of an experiment file and of every file of the user's that it imports, and those in turn: names and
 * contents. Packages are left out, and what a name is made up for at run time; files that are read as data, too.
 *
 * @throws UserError when the experiment cannot be read
 */
export async function hashExperimentFiles(path: string): Promise<string> {
  const hash = createHash("sha256");
  const folder = dirname(resolve(path));
  const texts = await readExperimentFiles(path);
  for (const [file, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${relative(folder, file)} ${Buffer.byteLength(text)}\n`).update(text);
  }
  return hash.digest("hex");
}

/** Text by path, the experiment first. */
async function readExperimentFiles(path: string): Promise<Map<string, string>> {
  const { createJiti } = await import("jiti"); // loaded late: it takes 0.1 s
  const jiti = createJiti(resolve(path), { fsCache: false, moduleCache: false });
  const texts = new Map<string, string>();
  const waiting = [resolve(path)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = texts.has(file) ? undefined : readImported(file, file === resolve(path));
    if (text === undefined) continue;
    texts.set(file, text);
    for (const [, , name] of text.matchAll(imported)) {
      if (name === "pinfer" || isBuiltin(name)) continue;
      const found = jiti.esmResolve(name, { parentURL: pathToFileURL(file).href, try: true });
      if (found?.startsWith("file:") && !found.includes("/node_modules/")) waiting.push(fileURLToPath(found));
    }
  }
  return texts;
}

/** What is imported and cannot be read was named in a comment: the experiment has been loaded. */
function readImported(file: string, isExperiment: boolean): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (isExperiment || !(error instanceof UserError)) throw error;
    return undefined;
  }
}
