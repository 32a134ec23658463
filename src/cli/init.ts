import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import { makeFolder } from "../base/makeFolder.js";
import { packageRoot } from "../base/packageRoot.js";
import { oneLine, printable } from "../base/printable.js";
import { addExamples, printJson, printText } from "./commandLine.js";

interface StarterFile {
  /** Below the project's folder, with / between. */
  readonly path: string;
  readonly data: Uint8Array | string;
}

interface Step {
  readonly command: string;
  readonly what: string;
}

export function register(program: Command): void {
  const command = program
    .command("init")
    .description("write a starter project that runs: experiment, data, pins, CI workflow")
    .argument("[folder]", "a new folder, or one that has none of these files yet", ".")
    .option("--json", "print JSON", false)
    .action(async (folder: string, { json }: { json: boolean }) => {
      const { packageSource } = await import("./packageSource.js");
      const source = packageSource();
      const files = readStarter(projectName(folder), source.dependency, source.packedName);
      expectNothingInTheWay(folder, files);
      const { writeFilesAtomically } = await import("../base/files.js");
      const packed = await source.pack?.();
      const written = files.map(({ path, data }) => ({
        path: join(folder, path),
        data: path === source.packedName ? packed! : data,
      }));
      for (const path of new Set(written.map(({ path }) => dirname(path)))) makeFolder(path);
      writeFilesAtomically(written);
      const paths = files.map(({ path }) => path);
      const next = nextSteps(folder, source.packedName);
      if (json) printJson({ folder, files: paths, next: next.map((step) => step.command) });
      else printText(await render(folder, paths, next));
    });
  addExamples(command, ["pinfer init", "pinfer init my-sensor", "pinfer init my-sensor --json"]);
}

/** Under these names in the package: npm leaves out a .gitignore. */
const renamed: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

/** The package's templates/starter, as a project of this name that depends on the package; `packed` comes later. */
function readStarter(name: string, dependency: string, packed: string | undefined): StarterFile[] {
  const folder = join(packageRoot, "templates", "starter");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
      const data = readFileSync(join(folder, path));
      return {
        path: renamed[path] ?? path,
        data: path === "package.json" ? manifest(data, name, dependency) : data,
      };
    });
  const all: StarterFile[] = packed === undefined ? files : [...files, { path: packed, data: "" }];
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function manifest(template: Uint8Array, name: string, dependency: string): string {
  const fields = JSON.parse(Buffer.from(template).toString()) as object;
  return `${JSON.stringify({ ...fields, name, devDependencies: { pinfer: dependency } }, null, 2)}\n`;
}

/** The folder's name as npm takes it. A project called pinfer could not depend on pinfer. */
function projectName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "")
    .slice(0, 100);
  return ["", "pinfer", "node_modules", "favicon.ico"].includes(name) ? "pinfer-project" : name;
}

/** @throws UserError when the folder is a file, or a file of the project or what stands for its folder is there */
function expectNothingInTheWay(folder: string, files: readonly StarterFile[]): void {
  if (kindOf(folder) === "other") {
    throw new UserError(`${folder} is a file; a project is written into a folder`, "choose another name");
  }
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  const found = [
    ...[...folders].filter((path) => kindOf(join(folder, path)) === "other"),
    ...files.map(({ path }) => path).filter((path) => kindOf(join(folder, path)) !== undefined),
  ];
  if (found.length === 0) return;
  throw new UserError(
    `${folder} has ${found.length} of the ${files.length} files that a project begins with: ${found.join(", ")}`,
    "choose another folder, or move them away: init replaces nothing",
  );
}

/** A link is what it leads to; one that leads nowhere is "other". Undefined: nothing has this name. */
function kindOf(path: string): "folder" | "other" | undefined {
  try {
    const isLink = lstatSync(path).isSymbolicLink();
    return (!isLink || existsSync(path)) && statSync(path).isDirectory() ? "folder" : "other";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UserError(`cannot look at ${path}: ${(error as Error).message}`, "check who may read it");
  }
}

/** ".github/workflows/pinfer.yml" → ".github", ".github/workflows" */
function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** What makes the project run; init itself asks no network. */
function nextSteps(folder: string, packed: string | undefined): Step[] {
  const enter = resolve(folder) === process.cwd() ? [] : [{ command: `cd ${quote(folder)}`, what: "" }];
  return [
    ...enter,
    { command: "npm install", what: packed === undefined ? "pinfer" : `pinfer, from ${packed}: commit it` },
    { command: "npm run train", what: "model.json, from the recordings in data/" },
    { command: "npm run check", what: "on an emulated board: not one byte may differ" },
    { command: "npm run pins", what: "its pins, every combination" },
    { command: "npm run firmware", what: "what is flashed on a board" },
  ];
}

function quote(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function render(folder: string, paths: readonly string[], next: readonly Step[]): Promise<string> {
  const { indent } = await import("../base/table.js");
  const width = Math.max(...next.map(({ command, what }) => (what === "" ? 0 : command.length)));
  const steps = next.map(({ command, what }) =>
    what === "" ? command : `${command.padEnd(width)}  # ${what}`,
  );
  return (
    oneLine`${folder}: a project of ${paths.length} files` +
    `\n${indent(paths.map(printable).join("\n"))}\n\n` +
    `next:\n${indent(steps.map(printable).join("\n"))}`
  );
}
