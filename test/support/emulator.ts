import { execFileSync } from "node:child_process";
import type { Board } from "../../src/board/boards.js";

let machines: readonly string[] | undefined;

/** Can the emulator of this machine run the board? Says so once where it cannot. */
export function isEmulatedHere(board: Board): boolean {
  machines ??= execFileSync("qemu-system-arm", ["-M", "help"], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.split(" ")[0]);
  const isHere = board.emulatorMachines.some((machine) => machines!.includes(machine));
  if (!isHere) {
    console.warn(
      `skipped on ${board.id}: this QEMU is older than ${board.emulatorSince}, which has the machine`,
    );
  }
  return isHere;
}
