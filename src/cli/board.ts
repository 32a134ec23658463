import { existsSync, fstatSync, readFileSync, rmSync } from "node:fs";
import type { Command } from "commander";
import { oneLine, printableJson } from "../base/printable.js";
import type { VirtualStm32 } from "../board/virtualStm32.js";
import { atEnd } from "./atEnd.js";
import { addExamples, printText } from "./commandLine.js";
import { defaultBoard } from "./exportFirmware.js";

interface BoardOptions {
  readonly board: string;
  readonly boot0: boolean;
  readonly flash?: string;
  readonly control?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("board")
    .description("start a virtual board, print its serial port, and stay until Ctrl-C")
    .option("--board <id>", "what `pinfer boards` lists with a QEMU machine", defaultBoard)
    .option("--boot0", "with BOOT0 high: every reset leads to the ROM bootloader", false)
    .option("--flash <file>", "keep what flash holds in this file; without it the board is factory-new")
    .option("--control <path>", "the socket that takes lines; by default its name follows from the port's")
    .option("--json", "print one line of JSON when it is up", false)
    .action(runBoard);
  addExamples(command, [
    "pinfer board",
    "pinfer board --flash board.bin",
    "stm32flash -m 8n1 -w firmware/build/firmware.bin -v -g 0x08000000 /dev/pts/3",
  ]);
  command.addHelpText(
    "after",
    "\nLines at standard input and at the control socket: reset, boot0 0, boot0 1, state.\n" +
      "A pty has no DTR, RTS or parity: they take the place of the wires, and any parity is right.",
  );
}

async function runBoard(options: BoardOptions): Promise<void> {
  const [{ findBoard }, { VirtualStm32 }, { openPty }, boardControl, { UserError }] = await Promise.all([
    import("../board/boards.js"),
    import("../board/virtualStm32.js"),
    import("../board/pty.js"),
    import("../board/boardControl.js"),
    import("../base/errors.js"),
  ]);
  const board = findBoard(options.board);
  if (board.productId === undefined) {
    throw new UserError(
      `board "${board.id}" is not emulated`,
      "`pinfer boards` lists those with a QEMU machine",
    );
  }
  const keeper = options.flash === undefined ? undefined : await keepFlash(options.flash);
  let virtual: VirtualStm32 | undefined;
  const pty = await openPty((bytes) => virtual?.receive(bytes));
  const started = await VirtualStm32.start({
    board,
    boot0: options.boot0,
    ...(keeper?.flash === undefined ? {} : { flash: keeper.flash }),
    send: pty.write,
    onEvent: (text) => {
      if (virtual !== undefined) keeper?.save(virtual.memory.flash);
      if (!options.json) printText(text);
    },
  });
  virtual = started;
  atEnd(() => keeper?.save(started.memory.flash));
  const control = options.control ?? boardControl.controlPath(pty.path);
  await boardControl.serveControl(started, control);
  atEnd(() => rmSync(control, { force: true }));
  const { id, mcu } = board;
  const { machine, state } = started;
  if (options.json) {
    const told = JSON.stringify({ port: pty.path, control, board: id, machine, state });
    process.stdout.write(`${printableJson(told)}\n`);
  } else {
    printText(
      `port     ${pty.path}: virtual ${id}, ${mcu}, QEMU ${machine}\n${oneLine`control  ${control}`}\n` +
        `next     pinfer flash firmware --port ${pty.path}`,
    );
  }
  if (isBackground()) return;
  const isPiped = isPipe();
  await boardControl.controlByLines(started, process.stdin, (line) => printText(line));
  // Whoever started us has gone, or needs us no more; a terminal's end is Ctrl-C.
  if (isPiped) process.exit();
}

/** Reads what was kept, and writes what changes. */
async function keepFlash(path: string) {
  const { readBytes, writeFilesAtomically } = await import("../base/files.js");
  let kept = existsSync(path) ? readBytes(path) : undefined;
  return {
    flash: kept,
    save: (flash: Uint8Array): void => {
      if (kept?.equals(flash)) return;
      kept = Buffer.from(flash);
      writeFilesAtomically([{ path, data: kept }]);
    },
  };
}

function isPipe(): boolean {
  try {
    const status = fstatSync(process.stdin.fd);
    return status.isFIFO() || status.isSocket();
  } catch {
    return false; // there is no standard input
  }
}

/** A job of a terminal that is not in its foreground is stopped when it reads. Source: proc(5), stat. */
function isBackground(): boolean {
  if (!process.stdin.isTTY) return false;
  const status = readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foreground] = status.slice(status.lastIndexOf(")") + 2).split(" ");
  return group !== foreground;
}
