// Compiles src/ and codegen/ to dist/ when they have changed since the last build. Plain Node, no dependencies.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const stamp = join(dist, ".built");
const sourceFolders = ["src", "codegen"];

/** Everything a build reads, as one hash: path, size and time of change of each file. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const path of [
    "package.json",
    "tsconfig.json",
    ...sourceFolders.flatMap((folder) => filesIn(folder)),
  ]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Paths of all files in the folder, relative to `from`, sorted; none if there is no such folder. */
function filesIn(folder, from = root) {
  if (!existsSync(join(from, folder))) return [];
  return readdirSync(join(from, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path, from) : [path];
    })
    .sort();
}

export function isBuilt() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint();
}

/** A source that was removed or renamed must not live on as compiled code. */
function removeOrphans() {
  for (const path of sourceFolders.flatMap((folder) => filesIn(folder, dist))) {
    const source = path.replace(/(\.d\.ts|\.js\.map|\.js)$/, ".ts");
    if (!existsSync(join(root, source))) rmSync(join(dist, path));
  }
}

/** What the program reads at run time and the compiler does not copy. */
function copyData() {
  for (const path of sourceFolders
    .flatMap((folder) => filesIn(folder))
    .filter((path) => /\.(json|css|browser\.js)$/.test(path))) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    copyFileSync(join(root, path), join(dist, path));
  }
}

/**
 * Builds dist/ if it is stale.
 *
 * @returns the compiler's messages; empty when all is well. The JavaScript is written even when a type is wrong.
 */
export function build() {
  if (isBuilt()) return "";
  const before = fingerprint();
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.json"], {
    cwd: root,
    encoding: "utf8",
  });
  removeOrphans();
  copyData();
  const main = join(dist, "src", "cli", "main.js");
  if (existsSync(main)) chmodSync(main, 0o755);
  if (status !== 0) return `${stdout}${stderr}` || `tsc ended with ${status}`;
  writeFileSync(stamp, before);
  return "";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const messages = build();
  if (messages !== "") {
    process.stderr.write(messages);
    process.exitCode = 1;
  }
}
