// Compiles src/ and codegen/ to dist/, and assembly/ to WebAssembly beside them, each when it has changed since the
// last build. Plain Node, no dependencies.
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
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const sourceFolders = ["src", "codegen"];
const kernelFolder = "assembly";
const kernelFile = join("src", "train", "engine", "kernels.wasm");
const stamps = { program: join(dist, ".built"), kernels: join(dist, ".kernels") };

/** Everything that a part of the build reads, as one hash: path, size and time of change of each file. */
function fingerprint(part) {
  const folders = part === "kernels" ? [kernelFolder] : sourceFolders;
  const hash = createHash("sha256");
  for (const path of ["package.json", "tsconfig.json", ...folders.flatMap((folder) => filesIn(folder))]) {
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

function isCurrent(part) {
  return existsSync(stamps[part]) && readFileSync(stamps[part], "utf8") === fingerprint(part);
}

export function isBuilt() {
  return isCurrent("program") && isCurrent("kernels");
}

/** A source that was removed or renamed must not live on as compiled code. */
function removeOrphans() {
  for (const path of sourceFolders.flatMap((folder) => filesIn(folder, dist))) {
    const source = path.replace(/(\.d\.ts|\.js\.map|\.js)$/, ".ts");
    if (path !== kernelFile && !existsSync(join(root, source))) rmSync(join(dist, path));
  }
}

/** What the program reads at run time and the compiler does not copy. */
function copyData() {
  for (const path of sourceFolders
    .flatMap((folder) => filesIn(folder))
    .filter((path) => /\.(json|css|c|browser\.js)$/.test(path))) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    copyFileSync(join(root, path), join(dist, path));
  }
}

/** Runs a compiler that npm installed; the same sources give the same bytes. */
function compile(script, compilerArguments, cwd) {
  const compiler = join(root, "node_modules", ...script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, ...compilerArguments], {
    cwd,
    encoding: "utf8",
  });
  return status === 0 ? "" : `${stdout}${stderr}` || `${script.at(-1)} ended with ${status}`;
}

/** A kernel that cannot be read is no matter of the build: whoever exports is told. */
function storeKernels() {
  const url = pathToFileURL(join(dist, "codegen", "storedKernels.js")).href;
  const store = `await (await import(${JSON.stringify(url)})).storeKernels()`;
  spawnSync(process.execPath, ["--input-type=module", "--eval", store]);
}

function buildProgram() {
  const messages = compile(["typescript", "bin", "tsc"], ["-p", "tsconfig.json"], root);
  removeOrphans();
  copyData();
  storeKernels();
  const main = join(dist, "src", "cli", "main.js");
  if (existsSync(main)) chmodSync(main, 0o755);
  return messages;
}

/** Memory comes from outside and is shared by threads; 112 warns of vectors in signatures, which stay inside. */
function buildKernels() {
  mkdirSync(dirname(join(dist, kernelFile)), { recursive: true });
  const compilerArguments = [
    "index.ts",
    ...["--outFile", join(dist, kernelFile)],
    ...["--runtime", "stub", "--noAssert", "-O3", "--enable", "simd,threads", "--disableWarning", "112"],
    ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
  ];
  return compile(["assemblyscript", "bin", "asc.js"], compilerArguments, join(root, kernelFolder));
}

/**
 * Builds what is stale in dist/.
 *
 * @returns the compilers' messages; empty when all is well. The JavaScript is written even when a type is wrong.
 */
export function build() {
  let messages = "";
  for (const [part, run] of Object.entries({ program: buildProgram, kernels: buildKernels })) {
    if (isCurrent(part)) continue;
    const before = fingerprint(part);
    const found = run();
    if (found === "") writeFileSync(stamps[part], before);
    messages += found;
  }
  return messages;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const messages = build();
  if (messages !== "") {
    process.stderr.write(messages);
    process.exitCode = 1;
  }
}
