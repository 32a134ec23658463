// Installs a QEMU that has the board with pins (9.1 or newer) from Debian's backports. The source of packages is the
// machine's own with another suite, so no host is named here; it is removed again when that suite cannot be had.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deriveBackports, pinsMachine } from "./newerQemuPlan.mjs";

const isRoot = process.getuid?.() === 0;

function run(command, options = {}) {
  const [program, ...programArguments] = isRoot ? command : ["sudo", ...command];
  return (
    spawnSync(program, programArguments, { stdio: ["pipe", "inherit", "inherit"], ...options }).status === 0
  );
}

function fail(message, hint) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exit(1);
}

function hasPins() {
  const { stdout } = spawnSync("qemu-system-arm", ["-M", "help"], { encoding: "utf8" });
  return (stdout ?? "").split("\n").some((line) => line.split(" ")[0] === pinsMachine);
}

function readSources() {
  const folder = "/etc/apt/sources.list.d";
  const files = existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => join(folder, name))
    : [];
  return ["/etc/apt/sources.list", ...files]
    .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

if (hasPins()) {
  process.stdout.write(`qemu-system-arm has the machine ${pinsMachine} already\n`);
  process.exit(0);
}
const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
const plan = deriveBackports(release, readSources());
if (plan.error !== undefined)
  fail(plan.error, `install QEMU 9.1 or newer, with the machine ${pinsMachine}, yourself`);

const { file, text, suite } = plan;
if (file !== undefined) {
  process.stdout.write(`writing ${file}: the machine's own source, suite ${suite}\n`);
  if (!run(["tee", file], { input: text, stdio: ["pipe", "ignore", "inherit"] }))
    fail(`cannot write ${file}`, "are you root, or is sudo here?");
}
const environment = ["env", "DEBIAN_FRONTEND=noninteractive"];
const isInstalled =
  run([...environment, "apt-get", "update"]) &&
  run([
    ...environment,
    "apt-get",
    "install",
    "-y",
    "--no-install-recommends",
    "-t",
    suite,
    "qemu-system-arm",
  ]);
if (isInstalled && hasPins()) process.exit(0);
if (file !== undefined) run(["rm", "-f", file]);
run([...environment, "apt-get", "update"]);
fail(`no newer QEMU could be installed from ${suite}`, "what runs without it is tested all the same");
