import type { ChildProcess } from "node:child_process";
import { open } from "node:fs/promises";
import { UserError } from "../base/errors.js";
import { stolenMsOf } from "../link/processTime.js";
import type { Board } from "./board.js";
import { boards } from "./boards.js";
import { type EmulatedPins, hasEmulatedPins, PinSocket } from "./emulatedPins.js";
import { chooseMachine, emulatorCommand, nameEmulator } from "./emulator.js";
import { spawnGuarded } from "./guardian.js";
import { pinnedCommand } from "./pinProcess.js";
import { startVirtualRp2040 } from "./virtualRp2040.js";

export interface VirtualBoardOptions {
  readonly elf: string;
  readonly board: Board;
  /** For the emulator, where it is QEMU, beside those that every board needs. */
  readonly emulatorArguments?: readonly string[];
  /** Also gives its pins, where the emulator has them. */
  readonly withPins?: boolean;
  /** What its link is on; by default a pty where QEMU has them. */
  readonly link?: "pty" | "tcp";
}

/** An emulated board that runs an image, its link on a port. */
export interface VirtualBoard {
  /** A port to open: "/dev/pts/3", or "tcp://127.0.0.1:40123", which has to be, for the board waits for it. */
  readonly portPath: string;
  /** What runs it: "QEMU netduinoplus2" or "rp2040js". */
  readonly emulator: string;
  /** Only when asked for. */
  readonly pins: EmulatedPins | undefined;
  /** For how long the emulator has stood ready and was not run, since it began. */
  stolenMs(): number;
  stop(): Promise<void>;
}

/**
 * Starts the emulator with an image. It ends with `stop()`, and with this process at the latest, even a killed one.
 *
 * Each instruction takes as long of the board's time, so a timer counts instructions exactly.
 *
 * @throws UserError when the emulator is missing, knows no machine for the board, or refuses the image.
 */
export async function startVirtualBoard({
  elf,
  board,
  emulatorArguments = [],
  withPins = false,
  link = process.platform === "win32" ? "tcp" : "pty",
}: VirtualBoardOptions): Promise<VirtualBoard> {
  const machine = await chooseMachine(board);
  await checkImage(elf);
  if (board.emulator === "rp2040js") {
    const chip = await startVirtualRp2040(elf);
    return { ...chip, emulator: nameEmulator(board, machine), pins: withPins ? chip.pins : undefined };
  }
  const pins = withPins && link === "pty" ? openPins(board) : undefined;
  const pinning = await pinnedCommand();
  const guarded = spawnGuarded([
    ...pinning,
    ...emulatorCommand(board, machine),
    ...["-kernel", elf, "-serial", serialOf[link], ...(pins?.emulatorArguments ?? []), ...emulatorArguments],
  ]);
  const portPath = await waitForPort(guarded.child, board.emulator, elf);
  await pins?.open();
  return {
    portPath,
    emulator: nameEmulator(board, machine),
    pins,
    stolenMs: () => stolenMsOf(guarded.child.pid),
    stop: async () => {
      pins?.close();
      await guarded.stop();
    },
  };
}

/** The port number is the system's choice, which the emulator tells while it waits. */
const serialOf = { pty: "pty", tcp: "tcp:127.0.0.1:0,server=on,wait=on,nodelay=on" };

function openPins({ id, emulatedGpioAddress }: Board): PinSocket {
  if (emulatedGpioAddress === undefined) {
    const others = boards.filter(hasEmulatedPins).map((board) => board.id);
    throw new UserError(`the emulator has no pins of board "${id}"`, `it has those of ${others.join(", ")}`);
  }
  return new PinSocket(emulatedGpioAddress);
}

/** The emulator tells its pty before it looks at the image, so what it would refuse is found first. */
async function checkImage(elf: string): Promise<void> {
  const file = await open(elf).catch((cause: unknown) => {
    throw new UserError(`there is no image ${elf}`, "build it first", { cause });
  });
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(4) });
    if (buffer.toString("latin1") !== "\x7fELF") throw new UserError(`${elf} is not an ELF image`);
  } finally {
    await file.close();
  }
}

/** The emulator tells its pty when it starts. */
function waitForPort(guardian: ChildProcess, emulator: string, elf: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: string) => {
      text += chunk;
      const pty = /redirected to (\S+)/.exec(text)?.[1];
      const tcp = /waiting for connection on: \S*?tcp:(127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (pty !== undefined) resolve(pty);
      else if (tcp !== undefined) resolve(`tcp://${tcp}`);
    };
    guardian.stdout!.setEncoding("utf8").on("data", read);
    guardian.stderr!.setEncoding("utf8").on("data", read);
    guardian.on("error", reject);
    guardian.on("close", (code) => {
      reject(new UserError(`${emulator} ended with code ${code} on ${elf}:\n${text.trimEnd()}`));
    });
  });
}
