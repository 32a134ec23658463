import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import { stolenMsOf } from "../link/processTime.js";
import type { Board } from "./board.js";
import type { BootImage } from "./bootImage.js";
import { spawnGuarded } from "./guardian.js";
import { pinnedCommand } from "./pinProcess.js";
import { runTool } from "./runTool.js";

/** The first of the board's machines this emulator has. */
export async function chooseMachine(board: Board): Promise<string> {
  const { emulator } = board;
  if (board.emulatorMachines.length === 0) throw new UserError(`board "${board.id}" is not emulated`);
  if (emulator === "rp2040js") return board.emulatorMachines[0]!;
  const { stdout } = await runTool(emulator, ["-M", "help"]);
  const known = new Set(stdout.split("\n").map((line) => line.split(" ")[0]));
  const machine = board.emulatorMachines.find((name) => known.has(name));
  if (machine === undefined) {
    const wanted = board.emulatorMachines.join(" or ");
    throw new UserError(
      `this ${emulator} has no machine ${wanted}`,
      `install QEMU ${board.emulatorSince} or newer; \`pinfer doctor\` tells which one is here`,
    );
  }
  return machine;
}

/** "QEMU netduinoplus2", or "rp2040js", which knows one chip. */
export function nameEmulator({ emulator }: Board, machine: string): string {
  return emulator === "rp2040js" ? emulator : `QEMU ${machine}`;
}

/** The emulator's program and what it is given for any image. Time goes by instructions, whatever the computer does meanwhile. */
export function emulatorCommand({ emulator, nanosecondsPerInstruction }: Board, machine: string): string[] {
  return [
    ...[emulator, "-M", machine, "-icount", `shift=${Math.log2(nanosecondsPerInstruction)}`],
    ...(emulator === "qemu-system-riscv32" ? ["-bios", "none"] : []),
    ...["-display", "none", "-monitor", "none"],
  ];
}

export interface EmulatorOptions {
  readonly board: Board;
  readonly machine: string;
  readonly image: BootImage;
  /** Of this computer; for gdb's remote protocol. */
  readonly gdbPort?: number | undefined;
  /** What the board sends on its serial port. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The program has reset the chip. */
  readonly onReset: () => void;
  /** It ended by itself otherwise: its exit code, and what it said. */
  readonly onFailure: (code: number | null, text: string) => void;
  /** By default descriptors on Linux: elsewhere children inherit none, or a second opening of one goes on where the first ended. */
  readonly reachedBy?: "descriptors" | "loopback";
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
 * On Linux the serial port is a socket and flash a file without a name, both handed down as open descriptors, so nothing
 * stays behind in the file system. Flash is given whole, for the emulator would fill up with zeros.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { programCounter } = options.image;
  const reachedBy = options.reachedBy ?? (process.platform === "linux" ? "descriptors" : "loopback");
  const way = await { descriptors: inheritDescriptors, loopback: connectBack }[reachedBy](
    options.image.bytes,
  );
  const { child, stop } = spawnGuarded(
    [
      ...(await pinnedCommand()),
      ...emulatorCommand(options.board, options.machine),
      ...["-kernel", way.image, "-no-reboot"],
      ...(programCounter === undefined ? [] : ["-device", `loader,addr=${programCounter},cpu-num=0`]),
      ...(options.gdbPort === undefined ? [] : ["-gdb", `tcp:127.0.0.1:${options.gdbPort}`]),
      ...["-chardev", way.chardev, "-serial", "chardev:link"],
    ],
    way.inherited,
  );
  let isStopped = false;
  let said = "";
  const hear = (text: string) => {
    said += text;
  };
  child.stdout!.setEncoding("utf8").on("data", hear);
  child.stderr!.setEncoding("utf8").on("data", hear);
  let link: Socket | undefined;
  child.on("error", (error) => options.onFailure(null, error.message));
  const ended = new Promise<undefined>((resolve) => {
    child.on("close", (code) => {
      way.close();
      resolve(undefined);
      if (isStopped || link === undefined) return;
      if (code === 0) options.onReset();
      else options.onFailure(code, said.trimEnd());
    });
  });
  link = await Promise.race([way.reach(child), ended]);
  if (link === undefined)
    throw new UserError(
      `${options.board.emulator} ended before its serial port was there:\n${said.trimEnd()}`,
    );
  const { write, destroy } = listenTo(link, (bytes) => {
    if (!isStopped) options.onBytes(bytes);
  });
  return {
    write,
    stolenMs: () => stolenMsOf(child.pid),
    stop: async () => {
      isStopped = true;
      await stop();
      destroy();
    },
  };
}

function listenTo(link: Socket, onBytes: (bytes: Uint8Array) => void) {
  link.on("data", onBytes);
  link.on("error", () => undefined); // it ended, which close tells
  return {
    write: (bytes: Uint8Array): void => {
      if (link.writable) link.write(bytes);
    },
    destroy: () => link.destroy(),
  };
}

/** How image and serial port come to the emulator. */
interface Way {
  readonly image: string;
  readonly chardev: string;
  readonly inherited: NonNullable<Parameters<typeof spawnGuarded>[1]>;
  reach(child: ChildProcess): Socket | Promise<Socket>;
  close(): void;
}

async function inheritDescriptors(bytes: Uint8Array): Promise<Way> {
  const flashFile = openUnnamed(bytes);
  return {
    image: "/dev/fd/5",
    chardev: "socket,id=link,fd=4",
    inherited: ["pipe", flashFile],
    reach: (child) => {
      closeSync(flashFile);
      return child.stdio[4] as Socket;
    },
    close: () => undefined,
  };
}

/** The emulator connects to us, and reads a file that goes when it has ended. */
async function connectBack(bytes: Uint8Array): Promise<Way> {
  const folder = makeTemporaryFolder();
  const image = join(folder, "image");
  writeFileSync(image, bytes);
  const server = createServer({ noDelay: true });
  const connected = once(server, "connection").then(([socket]) => {
    server.close(); // nobody else
    return socket as Socket;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    image,
    chardev: `socket,id=link,host=127.0.0.1,port=${port},nodelay=on`,
    inherited: [],
    reach: () => connected,
    close: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
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
