// Fetches a QEMU that has the board with pins (9.1 or newer) from Debian's backports into build/qemu, for whoever puts
// build/qemu/usr/bin in front of the PATH, and for the tests. The system and its sources of packages stay as they are.
// `--if-possible`: quiet where there is one already, or no Debian, and no failure for whoever goes on without it.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deriveBackports, newerQemuFolder, pinsMachine } from "./newerQemuPlan.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, ...newerQemuFolder.split("/"));
const emulator = "qemu-system-arm";

const isOptional = process.argv.includes("--if-possible");

class Failure extends Error {}

function run(program, programArguments, cwd) {
  const result = spawnSync(program, programArguments, { cwd, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status === 0) return;
  const reason = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
  throw new Failure(`\`${program}\` failed: ${reason}`);
}

function hasPins(path) {
  const { stdout } = spawnSync(path, ["-M", "help"], { encoding: "utf8" });
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

/** Takes the package from the suite, with apt's lists and files in `work` instead of in the system's folders. */
function fetchPackage(plan, work) {
  const source = join(work, `backports${plan.ending}`);
  writeFileSync(source, plan.text);
  for (const folder of ["lists/partial", "cache/archives/partial", "packages", "root"]) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  chmodSync(work, 0o755); // for the user that apt becomes
  const options = [
    ...["-o", `Dir::Etc::sourcelist=${source}`, "-o", "Dir::Etc::sourceparts=/dev/null"],
    ...["-o", `Dir::State::lists=${join(work, "lists")}`, "-o", `Dir::Cache=${join(work, "cache")}`],
    ...["-o", "APT::Sandbox::User=root", "-q"],
  ];
  run("apt-get", [...options, "update"]);
  run("apt-get", [...options, "download", `${emulator}/${plan.suite}`], join(work, "packages"));
  for (const name of readdirSync(join(work, "packages"))) {
    run("dpkg-deb", ["-x", join(work, "packages", name), join(work, "root")]);
  }
}

function install() {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const plan = deriveBackports(release, readSources());
  if (plan.error !== undefined) {
    if (isOptional) return;
    throw new Failure(plan.error);
  }
  process.stdout.write(
    `fetching ${emulator} of ${plan.suite} into ${newerQemuFolder}: as ${plan.from} says\n`,
  );
  const work = mkdtempSync(join(tmpdir(), "pinfer-qemu-"));
  try {
    fetchPackage(plan, work);
    const found = join(work, "root", "usr", "bin");
    if (!hasPins(join(found, emulator))) {
      throw new Failure(
        `the ${emulator} of ${plan.suite} does not run here, or has no ${pinsMachine} either`,
      );
    }
    const fresh = `${target}.${process.pid}.tmp`;
    run("cp", ["-a", join(work, "root"), fresh]); // not renamed: it may be another disk
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const here = join(target, "usr", "bin", emulator);
try {
  const isOnPath = hasPins(emulator);
  if (!isOnPath && !hasPins(here)) {
    mkdirSync(join(target, ".."), { recursive: true });
    install();
  }
  if (!isOptional) {
    process.stdout.write(`${isOnPath ? emulator : here} has the machine ${pinsMachine}\n`);
    if (!isOnPath) {
      const folder = join(target, "usr", "bin");
      process.stdout.write(`the tests find it there; in your shell type\n  PATH="${folder}:$PATH"\n`);
    }
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.stderr.write(
    `hint: install QEMU 9.1 or newer yourself; without it only ${pinsMachine} is left out\n`,
  );
  process.exitCode = isOptional ? 0 : 1;
}
