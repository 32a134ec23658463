import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { renderTable } from "../base/table.js";
import { boards } from "../board/boards.js";

export interface Check {
  readonly name: string;
  readonly isFound: boolean;
  /** Without it export, build or a comparison on the virtual board fails. */
  readonly isNeeded: boolean;
  /** What was found, or what it is for. */
  readonly detail: string;
  /** The command that mends it; null when nothing needs mending. */
  readonly mend: string | null;
}

interface Requirement {
  readonly id: string;
  readonly why: string;
  readonly packages: Readonly<Record<PackageManager, readonly string[]>>;
}
type PackageManager = "apt" | "brew" | "dnf" | "pacman";

const programs: Readonly<Record<PackageManager, string>> = {
  apt: "apt-get",
  brew: "brew",
  dnf: "dnf",
  pacman: "pacman",
};
const installCommands: Readonly<Record<PackageManager, string>> = {
  apt: "sudo apt-get install",
  brew: "brew install",
  dnf: "sudo dnf install",
  pacman: "sudo pacman -S",
};

/** Looks at this machine; starts the tools it asks about, at the same time. */
export async function examine(): Promise<Check[]> {
  return Promise.all([
    examineNode(),
    examineTool("arm-none-eabi-gcc", { isNeeded: true }, () => firstLine("arm-none-eabi-gcc", ["--version"])),
    examineTool("newlib for arm-none-eabi", { isNeeded: true }, findNewlib),
    examineTool("qemu-system-arm", { isNeeded: true }, findEmulator),
    examineTool("script", { isNeeded: process.platform === "linux" }, () =>
      firstLine("script", ["--version"]),
    ),
    examineTool(
      "gcc",
      { isNeeded: false, why: "compiles the generated C for this machine: compare --host-c" },
      () => firstLine("gcc", ["--version"]),
    ),
    examineSerialPorts(),
    examineFlashers(),
  ]);
}

export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every(({ isFound, isNeeded }) => isFound || !isNeeded);
}

export function renderChecks(checks: readonly Check[]): string {
  const table = renderTable(
    [
      { title: "", align: "left" },
      { title: "what", align: "left" },
      { title: "found", align: "left" },
    ],
    checks.map(({ name, isFound, isNeeded, detail }) => [
      isFound ? "ok" : isNeeded ? "MISSING" : "missing",
      name,
      isFound ? detail : `none; ${detail}`,
    ]),
  );
  const mends = checks.flatMap(({ name, mend }) => (mend === null ? [] : [`${name}: ${mend}`]));
  const verdict = isHealthy(checks)
    ? "everything that export, build and the virtual board need is here"
    : "something that export, build or the virtual board need is missing";
  return [
    table,
    ...(mends.length === 0 ? [] : [["to mend it:", ...mends.map((line) => `  ${line}`)].join("\n")]),
    verdict,
  ].join("\n\n");
}

async function examineNode(): Promise<Check> {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const isFound = major > 20 || (major === 20 && minor >= 15);
  const detail = `${process.versions.node}${isFound ? "" : ", older than 20.15"}`;
  return {
    name: "Node.js",
    isFound,
    isNeeded: true,
    detail,
    mend: isFound ? null : "install one from https://nodejs.org",
  };
}

/** @param find what was found, as text; rejects when there is none */
async function examineTool(
  id: string,
  { isNeeded, why }: { isNeeded: boolean; why?: string },
  find: () => Promise<string>,
): Promise<Check> {
  const requirement = readRequirements().find((candidate) => candidate.id === id);
  if (requirement === undefined) throw new Error(`requirements.json has no "${id}"`);
  try {
    return { name: id, isFound: true, isNeeded, detail: await find(), mend: null };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    const detail = why ?? requirement.why;
    const because = isAbsent ? detail : `${detail} (${(error as Error).message.split("\n")[0]})`;
    return { name: id, isFound: false, isNeeded, detail: because, mend: installCommand(requirement) };
  }
}

function installCommand({ packages }: Requirement): string {
  const managers = Object.keys(programs) as PackageManager[];
  const manager = managers.find((candidate) => isOnPath(programs[candidate]));
  if (manager !== undefined) return `${installCommands[manager]} ${packages[manager].join(" ")}`;
  return `install it with your system's package manager (Debian calls it ${packages.apt.join(" ")})`;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function readRequirements(): Requirement[] {
  return JSON.parse(readFileSync(new URL("./requirements.json", import.meta.url), "utf8")) as Requirement[];
}

async function run(program: string, programArguments: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, programArguments, { timeout: 10_000 });
  return stdout;
}

async function firstLine(program: string, programArguments: readonly string[]): Promise<string> {
  return (await run(program, programArguments)).split("\n")[0];
}

async function findNewlib(): Promise<string> {
  const path = (await run("arm-none-eabi-gcc", ["-print-file-name=libc.a"])).trim();
  if (!existsSync(path)) throw new Error("the compiler finds no libc.a"); // then gcc prints the bare name
  return path;
}

async function findEmulator(): Promise<string> {
  const version = await firstLine("qemu-system-arm", ["--version"]);
  const listed = (await run("qemu-system-arm", ["-machine", "help"]))
    .split("\n")
    .map((line) => line.split(" ")[0]);
  const boardsOfChips = boards.filter(
    ({ emulator, limits }) => emulator === "qemu-system-arm" && limits !== undefined,
  ); // who runs on a bare core is told there
  const wanted = [...new Set(boardsOfChips.flatMap((board) => board.emulatorMachines))];
  const machines = wanted.filter((machine) => listed.includes(machine));
  if (machines.length === 0) throw new Error(`${version} has none of the machines ${wanted.join(", ")}`);
  const tooOld = boardsOfChips.filter(
    ({ emulatorMachines }) =>
      emulatorMachines.length > 0 && !emulatorMachines.some((machine) => listed.includes(machine)),
  );
  const newer = tooOld
    .map(({ id, emulatorSince }) => `; board ${id} needs QEMU >= ${emulatorSince}`)
    .join("");
  return `${version}; machines: ${machines.join(", ")}${newer}`;
}

/** pinfer flashes through the serial port by itself, so none of them has to be there. */
async function examineFlashers(): Promise<Check> {
  const { otherFlashers } = await import("../flash/otherFlashers.js");
  const found = [...otherFlashers]
    .filter(([name, { program = name }]) => isOnPath(program))
    .map(([name]) => name);
  return {
    ...{ name: "other flashers", isFound: found.length > 0, isNeeded: false, mend: null },
    detail: found.join(", ") || `${[...otherFlashers.keys()].join(", ")} for flash --with`,
  };
}

async function examineSerialPorts(): Promise<Check> {
  const check = { name: "serial ports", isNeeded: false };
  const { SerialPort } = await import("serialport");
  try {
    const ports = await SerialPort.list();
    const detail = ports.map(({ path }) => path).join(", ") || "a board on a cable shows up here";
    return { ...check, isFound: ports.length > 0, detail, mend: null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") return { ...check, isFound: false, detail: message, mend: null };
    const detail = "they cannot be listed without udevadm; --port works all the same";
    return {
      ...check,
      isFound: false,
      detail,
      mend: process.platform === "linux" ? "sudo apt-get install udev" : null,
    };
  }
}
