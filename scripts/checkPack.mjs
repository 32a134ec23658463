// Packs the package, installs the tarball in an empty folder and runs the command line from there.
// Run it by hand or in the tests; `--keep` leaves the folder. Plain Node.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(command, commandArguments, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, commandArguments, { cwd, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`\`${command} ${commandArguments.join(" ")}\` ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/**
 * The package as a user gets it: unpacked from its tarball into node_modules of an empty project. Its dependencies
 * are copied from this repository's node_modules, the development ones left out, so that no registry is asked.
 *
 * @returns the project's folder
 */
export function installTarball(folder) {
  build();
  const [{ filename }] = JSON.parse(
    run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root),
  );
  const modules = join(folder, "project", "node_modules");
  const installed = join(modules, "pinfer");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", join(folder, filename), "-C", installed, "--strip-components=1"], folder);
  copyDependencies(modules);
  mkdirSync(join(modules, ".bin"));
  symlinkSync(join("..", "pinfer", "dist", "src", "cli", "main.js"), join(modules, ".bin", "pinfer"));
  const project = join(folder, "project");
  writeFileSync(join(project, "package.json"), '{ "name": "elsewhere", "type": "module" }\n');
  return project;
}

/** Into a node_modules. `npm ls` knows which packages the published one depends on, at any depth. */
export function copyDependencies(modules) {
  const { stdout } = spawnSync("npm", ["ls", "--omit=dev", "--all", "--parseable"], {
    cwd: root,
    encoding: "utf8",
  });
  const top = join(root, "node_modules");
  for (const path of stdout
    .trim()
    .split("\n")
    .filter((line) => line.startsWith(`${top}/`))) {
    const name = path.slice(top.length + 1);
    if (name.includes("/node_modules/") || existsSync(join(modules, name))) continue;
    mkdirSync(join(modules, name, ".."), { recursive: true });
    cpSync(path, join(modules, name), { recursive: true });
  }
}

/** Runs the installed command line; throws when it fails. */
export function runInstalled(project, commandArguments) {
  return run(join(project, "node_modules", ".bin", "pinfer"), commandArguments, project);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-pack-"));
  try {
    const project = installTarball(folder);
    for (const commandArguments of [["--help"], ["boards", "--json"], ["doctor"]]) {
      process.stdout.write(
        `$ npx pinfer ${commandArguments.join(" ")}\n${runInstalled(project, commandArguments)}\n`,
      );
    }
    process.stdout.write(`installed: ${readdirSync(join(project, "node_modules", "pinfer")).join(" ")}\n`);
  } finally {
    if (process.argv.includes("--keep")) process.stdout.write(`${folder}\n`);
    else rmSync(folder, { recursive: true });
  }
}
