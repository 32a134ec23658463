import { existsSync, fstatSync, readFileSync, rmSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { oneLine, printableJson } from "../base/printable.js";
import type { VirtualPico } from "../board/virtualPico.js";
import type { VirtualStm32 } from "../board/virtualStm32.js";
import { atEnd } from "./atEnd.js";
import { addExamples, printText } from "./commandLine.js";
import { defaultBoard } from "./exportFirmware.js";

interface BoardOptions {
  readonly board: string;
  readonly boot0: boolean;
  readonly flash?: string;
  readonly control?: string;
  readonly tcp?: number;
  readonly gdb?: number;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("board")
    .description("start a virtual board, print its ports, and stay until Ctrl-C")
    .option(
      "--board <board>",
      "an STM32 that `pinfer boards` lists with a QEMU machine, the folder of your own, or pico",
      defaultBoard,
    )
    .option(
      "--boot0",
      "with BOOT0 high: every reset leads to the ROM bootloader; of a Pico, with BOOTSEL held",
      false,
    )
    .option("--flash <file>", "keep what flash holds in this file; without it the board is factory-new")
    .option("--control <path>", "the socket that takes lines; by default its name follows from each port's")
    .option("--tcp <number>", "of its TCP port on this computer; by default the system chooses", readTcpPort)
    .option(
      "--gdb <number>",
      "of a TCP port on this computer at which gdb looks at the running program",
      readTcpPort,
    )
    .option("--json", "print one line of JSON when it is up", false)
    .action(runBoard);
  addExamples(command, [
    "pinfer board",
    "pinfer board --flash board.bin",
    "pinfer board --tcp 4000",
    "pinfer board --board pico",
    "pinfer board --flash board.bin --gdb 3333",
    "gdb-multiarch firmware/build/firmware.elf -ex 'target remote 127.0.0.1:3333'",
    "stm32flash -m 8n1 -w firmware/build/firmware.bin -v -g 0x08000000 /dev/pts/3",
  ]);
  command.addHelpText(
    "after",
    "\nLines at standard input and at the control socket: reset, boot0 0, boot0 1, state.\n" +
      "Neither port has DTR, RTS or parity: they take the place of the wires, and any parity is right.\n" +
      "The TCP port is the same serial line for a program of this computer, the newest that\n" +
      "connects; where there is no pty it is the only one. A Pico that was not flashed yet, or whose\n" +
      "BOOTSEL was held (boot0 1), is a drive too: a folder, of which it takes firmware.uf2.",
  );
}

function readTcpPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError("Expected a port number from 1 to 65535.");
  }
  return port;
}

async function runBoard(options: BoardOptions): Promise<void> {
  const [{ findBoard }, { openBoardPorts }, boardControl, { UserError }] = await Promise.all([
    import("../board/boards.js"),
    import("../board/boardPorts.js"),
    import("../board/boardControl.js"),
    import("../base/errors.js"),
  ]);
  const board = findBoard(options.board);
  const isPico = board.emulator === "rp2040js";
  if (board.productId === undefined && !isPico) {
    throw board.emulatorMachines.length === 0
      ? new UserError(
          `board "${board.id}" is not emulated`,
          "`pinfer boards` lists those with a QEMU machine",
        )
      : new UserError(
          `board "${board.id}" has no ROM loader to be flashed by: it is a core in the emulator`,
          `run a network on it at once: pinfer compare model.json --virtual --board ${board.id}`,
        );
  }
  const keeper = options.flash === undefined ? undefined : await keepFlash(options.flash);
  let virtual: VirtualStm32 | VirtualPico | undefined;
  const ports = await openBoardPorts((bytes) => virtual?.receive(bytes), options.tcp);
  const start = isPico
    ? (await import("../board/virtualPico.js")).VirtualPico.start
    : (await import("../board/virtualStm32.js")).VirtualStm32.start;
  const started = await start({
    board,
    boot0: options.boot0,
    ...(options.gdb === undefined ? {} : { gdbPort: options.gdb }),
    ...(keeper?.flash === undefined ? {} : { flash: keeper.flash }),
    send: ports.send,
    onEvent: (text) => {
      if (virtual !== undefined) keeper?.save(virtual.flash);
      if (!options.json) printText(text);
    },
  }).catch(async (error: unknown) => {
    await ports.close(); // open ports would keep the process alive
    throw error;
  });
  virtual = started;
  atEnd(() => keeper?.save(started.flash));
  const drive = "drive" in started ? started.drive : undefined;
  if (drive !== undefined) atEnd(() => rmSync(drive, { recursive: true, force: true }));
  const names = [ports.pty, ports.tcp].filter((name) => name !== undefined);
  const sockets = options.control === undefined ? names.map(boardControl.controlPath) : [options.control];
  await boardControl.removeForsaken();
  for (const path of sockets) {
    await boardControl.serveControl(started, path);
    atEnd(() => boardControl.removeControl(path));
  }
  const [port, [control]] = [names[0]!, sockets as [string, ...string[]]];
  const { id, mcu } = board;
  const { machine, state } = started;
  if (options.json) {
    const { gdb } = options;
    const told = JSON.stringify({ port, tcp: ports.tcp, control, drive, gdb, board: id, machine, state });
    process.stdout.write(`${printableJson(told)}\n`);
  } else {
    const kind = `virtual ${id}, ${mcu}, ${isPico ? machine : `QEMU ${machine}`}`;
    printText(
      [
        ...(ports.pty === undefined
          ? [oneLine`no pty   ${ports.noPty ?? ""}`]
          : [`port     ${ports.pty}: ${kind}`]),
        ports.pty === undefined ? `tcp      ${ports.tcp}: ${kind}` : `tcp      ${ports.tcp}: the same`,
        oneLine`control  ${control}`,
        ...(drive === undefined ? [] : [oneLine`drive    ${drive}`]),
        ...(options.gdb === undefined ? [] : [`gdb      target remote 127.0.0.1:${options.gdb}`]),
        drive === undefined
          ? `next     pinfer flash firmware --port ${port}`
          : oneLine`next     pinfer flash firmware --with drive --drive ${drive}`,
      ].join("\n"),
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
  if (!existsSync("/proc/self/stat")) return false; // there a job that reads is stopped, and goes on in the foreground
  const status = readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foreground] = status.slice(status.lastIndexOf(")") + 2).split(" ");
  return group !== foreground;
}
