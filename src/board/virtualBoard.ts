import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { UserError } from "../errors.js";
import { type Board, boards } from "./boards.js";
import { type EmulatedPins, PinSocket } from "./emulatedPins.js";
import { pinnedCommand } from "./pinProcess.js";
import { runTool } from "./runTool.js";

const EMULATOR = "qemu-system-arm";

export interface VirtualBoardOptions {
  readonly elf: string;
  readonly board: Board;
  /** Also gives its pins, where the emulator has them. */
  readonly withPins?: boolean;
}

/** An emulated board that runs an image, its link on a pty. */
export interface VirtualBoard {
  /** A serial port to open: "/dev/pts/3". */
  readonly portPath: string;
  /** The emulator's machine: "netduinoplus2". */
  readonly machine: string;
  /** Only when asked for. */
  readonly pins: EmulatedPins | undefined;
  stop(): Promise<void>;
}

/**
 * Runs "$@" and kills it as soon as standard input ends: when we close it, and however we ourselves end, for the
 * system closes it then. Standard input moves to 3 because a shell gives its background jobs an empty one.
 */
const GUARDIAN = `
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
( while read -r line <&3; do :; done; kill -9 $child ) 2>/dev/null &
guard=$!
wait $child
status=$?
kill $guard 2>/dev/null
exit $status
`;

/**
 * Starts the emulator with an image. It ends with `stop()`, and with this process at the latest, even a killed one.
 *
 * Each instruction takes one nanosecond of the board's time, so its timer counts instructions exactly.
 *
 * @throws UserError when the emulator is missing, knows no machine for the board, or refuses the image.
 */
export async function startVirtualBoard({
  elf,
  board,
  withPins = false,
}: VirtualBoardOptions): Promise<VirtualBoard> {
  const machine = await chooseMachine(board);
  await checkImage(elf);
  const pins = withPins ? openPins(board) : undefined;
  const pinning = await pinnedCommand();
  const args = ["-M", machine, "-kernel", elf, "-icount", "shift=0", ...(pins?.emulatorArguments ?? [])];
  const consoleArgs = ["-display", "none", "-monitor", "none", "-serial", "pty"];
  // Detached: Ctrl-C reaches only us, and what ends us closes the guardian's input.
  const guardian = spawn("sh", ["-c", GUARDIAN, "guardian", ...pinning, EMULATOR, ...args, ...consoleArgs], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const exited = once(guardian, "close");
  guardian.stdin.on("error", () => undefined); // it ended first
  guardian.unref();
  const portPath = await waitForPort(guardian, elf);
  await pins?.open();
  return {
    portPath,
    machine,
    pins,
    stop: async () => {
      pins?.close();
      guardian.ref();
      guardian.stdin.end();
      await exited;
    },
  };
}

function openPins({ id, emulatedGpioAddress }: Board): PinSocket {
  if (emulatedGpioAddress === undefined) {
    const others = boards.filter((board) => board.emulatedGpioAddress !== undefined).map((board) => board.id);
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

/** The first of the board's machines this emulator has. */
async function chooseMachine(board: Board): Promise<string> {
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

/** The emulator tells its pty when it starts. */
function waitForPort(guardian: ChildProcess, elf: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: string) => {
      text += chunk;
      const port = /redirected to (\S+)/.exec(text)?.[1];
      if (port !== undefined) resolve(port);
    };
    guardian.stdout!.setEncoding("utf8").on("data", read);
    guardian.stderr!.setEncoding("utf8").on("data", read);
    guardian.on("error", reject);
    guardian.on("close", (code) => {
      reject(new UserError(`${EMULATOR} ended with code ${code} on ${elf}:\n${text.trimEnd()}`));
    });
  });
}
