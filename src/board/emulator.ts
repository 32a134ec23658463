import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import { stolenMsOf } from "../link/processTime.js";
import type { Board } from "./board.js";
import type { BootImage } from "./bootImage.js";
import { spawnGuarded } from "./guardian.js";
import { pinnedCommand } from "./pinProcess.js";
import { runTool } from "./runTool.js";

export const EMULATOR = "qemu-system-arm";

/** The first of the board's machines this emulator has. */
export async function chooseMachine(board: Board): Promise<string> {
  if (board.emulatorMachines.length === 0) throw new UserError(`board "${board.id}" is not emulated`);
  const { stdout } = await runTool(EMULATOR, ["-M", "help"]);
  const known = new Set(stdout.split("\n").map((line) => line.split(" ")[0]));
  const machine = board.emulatorMachines.find((name) => known.has(name));
  if (machine === undefined) {
    const wanted = board.emulatorMachines.join(" or ");
    throw new UserError(
      `this ${EMULATOR} has no machine ${wanted}`,
      `install QEMU ${board.emulatorSince} or newer; \`pinfer doctor\` tells which one is here`,
    );
  }
  return machine;
}

export interface EmulatorOptions {
  readonly machine: string;
  readonly image: BootImage;
  /** What the board sends on its serial port. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The program has reset the chip. */
  readonly onReset: () => void;
  /** It ended by itself otherwise: its exit code, and what it said. */
  readonly onFailure: (code: number | null, text: string) => void;
}

export interface Emulator {
  /** To the board's serial port. */
  write(bytes: Uint8Array): void;
  /** For how long it has not been run though it stood ready: time in which the board could not answer. */
  stolenMs(): number;
  stop(): Promise<void>;
}

/**
 * Runs what is in flash until the program resets the chip, or `stop()`, or this process ends.
 *
 * The serial port is a socket and flash a file without a name, both handed down as open descriptors, so nothing stays
 * behind in the file system. Flash is given whole, for the emulator would fill up with zeros.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { programCounter } = options.image;
  const flashFile = openUnnamed(options.image.bytes);
  const { child, stop } = spawnGuarded(
    [
      ...(await pinnedCommand()),
      EMULATOR,
      ...["-M", options.machine, "-kernel", "/dev/fd/5", "-icount", "shift=0", "-no-reboot"],
      ...(programCounter === undefined ? [] : ["-device", `loader,addr=${programCounter},cpu-num=0`]),
      ...["-display", "none", "-monitor", "none"],
      ...["-chardev", "socket,id=link,fd=4", "-serial", "chardev:link"],
    ],
    ["pipe", flashFile],
  );
  closeSync(flashFile);
  let isStopped = false;
  let said = "";
  const hear = (text: string) => {
    said += text;
  };
  child.stdout!.setEncoding("utf8").on("data", hear);
  child.stderr!.setEncoding("utf8").on("data", hear);
  const link = child.stdio[4] as Socket;
  link.on("data", (bytes: Buffer) => {
    if (!isStopped) options.onBytes(bytes);
  });
  link.on("error", () => undefined); // it ended, which close tells
  child.on("error", (error) => options.onFailure(null, error.message));
  child.on("close", (code) => {
    if (isStopped) return;
    if (code === 0) options.onReset();
    else options.onFailure(code, said.trimEnd());
  });
  return {
    write: (bytes) => {
      if (link.writable) link.write(bytes);
    },
    stolenMs: () => stolenMsOf(child.pid),
    stop: async () => {
      isStopped = true;
      await stop();
      link.destroy();
    },
  };
}

/** An open file that holds the bytes, and goes when the last descriptor is closed. */
function openUnnamed(bytes: Uint8Array): number {
  const folder = makeTemporaryFolder();
  try {
    const path = join(folder, "image");
    writeFileSync(path, bytes);
    return openSync(path, "r");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
