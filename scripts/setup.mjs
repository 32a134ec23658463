// Makes a fresh clone ready: npm packages, compiler, emulator, dist. Quiet when nothing is missing.
// `--test` also asks for what only the tests need. Plain Node, no dependencies: it runs before `npm ci`.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumPrograms, packagesAreCurrent, planSetup, requirements } from "./setupPlan.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

function isOnPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

/** A compiler prints the whole path of a file it would link, and the bare name when it has none. */
function compilerHas(compiler, file) {
  if (!isOnPath(compiler)) return false;
  const { stdout } = spawnSync(compiler, [`-print-file-name=${file}`], { encoding: "utf8" });
  return stdout.trim() !== file && existsSync(stdout.trim());
}

/** Ubuntu has it as a snap only, which a set-up cannot install quietly: there the tests that need it say so and skip. */
function hasChromium() {
  const isUbuntu =
    existsSync("/etc/os-release") && /^ID=ubuntu$/m.test(readFileSync("/etc/os-release", "utf8"));
  return isUbuntu || chromiumPrograms.some(isOnPath);
}

const isPresent = {
  chromium: hasChromium,
  "newlib for arm-none-eabi": () => compilerHas("arm-none-eabi-gcc", "libc.a"),
  gcc: () => isOnPath("gcc") && (process.platform !== "linux" || compilerHas("gcc", "libc.so")),
  "sanitizers of gcc": () =>
    process.platform !== "linux" || (compilerHas("gcc", "libubsan.so") && compilerHas("gcc", "libasan.so")),
};

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
}

function gatherFacts(forTests) {
  const managers = { apt: "apt-get", brew: "brew", dnf: "dnf", pacman: "pacman" };
  const packageManager = Object.keys(managers).find((manager) => isOnPath(managers[manager])) ?? null;
  return {
    nodeVersion: process.versions.node,
    packagesCurrent: packagesAreCurrent(
      readJson(join(root, "package-lock.json")),
      readJson(join(root, "node_modules", ".package-lock.json")),
    ),
    missing: requirements
      .filter(({ tests }) => forTests || !tests)
      .filter(({ packages }) => packages[packageManager ?? "brew"] !== undefined) // else its tests say that they skip
      .map(({ id }) => id)
      .filter((id) => !(isPresent[id]?.() ?? isOnPath(id))),
    packageManager,
    isRoot: process.getuid?.() === 0,
    hasSudo: isOnPath("sudo"),
  };
}

/** Ends the set-up, with the command that failed, when it fails. */
function run(command) {
  const [program, ...programArguments] = command;
  const npm = process.env.npm_execpath; // set when npm runs us: the same npm, also on Windows
  const result =
    program === "npm" && npm !== undefined
      ? spawnSync(process.execPath, [npm, ...programArguments], { cwd: root, stdio: "inherit" })
      : spawnSync(program, programArguments, { cwd: root, stdio: "inherit" });
  if (result.status === 0) return;
  const reason = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
  process.stderr.write(
    `error: \`${command.join(" ")}\` failed: ${reason}\nhint: mend what it says above, then run the command again\n`,
  );
  process.exit(1);
}

const forTests = process.argv.includes("--test");
const plan = planSetup(gatherFacts(forTests));
if (plan.error !== undefined) {
  process.stderr.write(`${plan.error}\n`);
  process.exit(1);
}
for (const { say, commands } of plan.steps) {
  process.stdout.write(`${say}\n`);
  for (const command of commands) run(command);
}
if (plan.steps.length > 0) {
  const { missing } = gatherFacts(forTests);
  if (missing.length > 0) {
    process.stderr.write(
      `error: still missing after installing: ${missing.join(", ")}\nhint: are they in a folder that PATH leaves out?\n`,
    );
    process.exit(1);
  }
}
if (forTests) run([process.execPath, join(root, "scripts", "newerQemu.mjs"), "--if-possible"]);
run([process.execPath, join(root, "scripts", "build.mjs")]);
