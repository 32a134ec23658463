import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { newerQemuFolder } from "../../scripts/newerQemuPlan.mjs";
import type { Board } from "../../src/board/board.js";

/** Where `npm run setup:qemu` puts one that has machines the system's lacks. */
const newer = join(fileURLToPath(new URL("../..", import.meta.url)), newerQemuFolder, "usr", "bin");

const machinesOf = new Map<string, ReadonlySet<string>>();

function hasMachine(emulator: string, { emulatorMachines }: Board): boolean {
  if (emulator === "rp2040js") return true; // an npm package
  let machines = machinesOf.get(emulator);
  if (machines === undefined) {
    const { stdout: text = "" } = spawnSync(emulator, ["-M", "help"], { encoding: "utf8" });
    machines = new Set(text.split("\n").map((line) => line.split(" ")[0]!));
    machinesOf.set(emulator, machines);
  }
  return emulatorMachines.some((machine) => machines.has(machine));
}

/**
 * A PATH on which the board can be run here: that of the tests, or with the newer emulator in front of it; undefined,
 * said once, where neither has the machine.
 */
export function emulatorPath(board: Board): string | undefined {
  const path = process.env.PATH ?? "";
  if (spawnSync(board.compiler, ["--version"]).error !== undefined) {
    console.warn(`skipped on ${board.id}: there is no ${board.compiler} here`);
    return undefined;
  }
  if (hasMachine(board.emulator, board)) return path;
  const emulator = join(newer, board.emulator);
  if (existsSync(emulator) && hasMachine(emulator, board)) return `${newer}${delimiter}${path}`;
  console.warn(
    `skipped on ${board.id}: there is no ${board.emulator}, or it is older than ${board.emulatorSince}, which has the ` +
      "machine; `npm run setup:qemu` fetches one for Arm on Debian",
  );
  return undefined;
}

/** Runs `act` with another PATH, which the processes it starts inherit. */
export async function withPath<T>(path: string, act: () => T | Promise<T>): Promise<T> {
  const before = process.env.PATH;
  process.env.PATH = path;
  try {
    return await act();
  } finally {
    process.env.PATH = before;
  }
}
