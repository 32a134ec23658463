import { rmSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { UserError } from "../base/errors.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import type { Board } from "../board/board.js";
import type { BuiltFirmware } from "../board/buildFolder.js";
import type { EmulatedPins } from "../board/emulatedPins.js";
import type { CycleModel } from "../cycles/cycleModel.js";
import type { Device } from "../link/device.js";
import { FIRST_BAUD, type Line } from "../link/line.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { PinMap } from "../pins/pinMap.js";
import type { MeasuredTimes } from "../plan/chooseKernels.js";
import type { Optimize } from "../program/program.js";
import type { Target } from "../program/target.js";
import { atEnd } from "./atEnd.js";
import { printWarning } from "./commandLine.js";
import { defaultBoard } from "./exportFirmware.js";
import { addOptimizeOption } from "./optimizeOption.js";

/** How a serial port is opened. */
export interface PortChoice {
  readonly baud: number;
  /** What becomes of RTS and DTR, as `readLines` takes it. */
  readonly lines?: string;
}

/** Which device a command talks to. */
export interface DeviceChoice extends PortChoice {
  readonly port?: string;
  readonly virtual: boolean;
  readonly hostC: boolean;
  readonly board: string;
  readonly firmware?: string;
  readonly optimize?: Optimize;
  /** Where the network comes from: what was measured for it lies beside it. */
  readonly modelPath?: string;
  /** Firmware that is exported answers the text protocol of MLPerf Tiny too. */
  readonly dut?: boolean;
  /** With --virtual: also the emulator's pins. */
  readonly withPins?: boolean;
  /** With --virtual: also the cycles that a model of the core counts. */
  readonly withCycles?: boolean;
}

/** Something that answers, and what was started for it. */
export interface LineConnection {
  readonly line: Line;
  /** How it was reached: "QEMU netduinoplus2". */
  readonly description: string;
  /** The image that was built and started; undefined for a device on a port. */
  readonly built: BuiltFirmware | undefined;
  /** Only of an emulated board that was asked for them. */
  readonly emulatedPins?: EmulatedPins | undefined;
  /** Only of an emulated board that was asked for it: the model, or why there is none. */
  readonly cycles?: CycleModel | UserError | undefined;
  /** Ends what was started; the line is closed first. */
  stop(): Promise<void>;
}

export interface Connection extends Omit<LineConnection, "line" | "stop"> {
  readonly device: Device;
  close(): Promise<void>;
}

export function readBaud(text: string): number {
  const baud = Number(text);
  if (!Number.isInteger(baud) || baud < 300) throw new InvalidArgumentError("Not a baud rate.");
  return baud;
}

/** A number of samples. */
export function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("Expected an integer above 0.");
  return count;
}

/** Of --port; `flash` and `record` say what they want on it. */
const portHelp =
  "a board on a serial port, /dev/ttyACM0 or COM4, or behind a network, tcp://host:port or rfc2217://host:port";

/** Of --baud where bytes are text, which has no way to agree on another rate. */
export const textBaudHelp = "of the serial port";
export const linkBaudHelp =
  "of the link, 9600 to 921600: it begins with 115200, and goes over to it where port and board can";

export function addPortOptions(command: Command, baudHelp: string): Command {
  return command
    .option("--baud <rate>", baudHelp, readBaud, FIRST_BAUD)
    .option(
      "--lines <recipe>",
      "where RTS and DTR are wired to BOOT0 and reset: the preset of `flash --entry`, which starts the program; or steps: rts,-dtr",
    );
}

export function addDeviceOptions(command: Command, baudHelp = linkBaudHelp): Command {
  addOptimizeOption(command).option("--port <path>", portHelp);
  return addPortOptions(command, baudHelp)
    .option("--virtual", "build the firmware and boot it on an emulated board", false)
    .option("--host-c", "build the firmware for this computer and run it here", false)
    .option("--board <board>", "the board to emulate, or the folder of your own: ./boards/mine", defaultBoard)
    .option("--firmware <folder>", "build and start this exported firmware instead of exporting the model");
}

/** @throws UserError when the port cannot be opened, or has no lines to set */
export async function openPortLine(port: string, { baud, lines }: PortChoice): Promise<Line> {
  const { openSerialLine } = await import("../link/serialDevice.js");
  if (lines === undefined) return openSerialLine(port, baud);
  const { readLines, runEntry } = await import("../flash/entry.js");
  const steps = readLines(lines);
  const hint = "leave --lines out: there is nothing that it could set";
  return openSerialLine(port, baud, (control) => runEntry(steps, control, { hint }));
}

/**
 * Opens the device that the options name. An emulator, and a folder made for it, end with `close()`.
 *
 * @param network what to export when no exported firmware is named; undefined if the command has no model
 * @param pins goes into what is exported, too
 * @throws UserError when the options name no device or more than one, or it cannot be reached
 */
export async function connect(
  choice: DeviceChoice,
  network: QuantizedNetwork | undefined,
  pins?: PinMap,
): Promise<Connection> {
  const { openDevice } = await import("../link/device.js");
  const { line, stop, ...reached } = await connectLine({ ...choice, baud: FIRST_BAUD }, network, pins);
  const { built } = reached;
  const device = openDevice(line, {
    ...(built?.image.bin !== undefined && { elf: built.image.elf }),
    onFallBack: (baud) =>
      printWarning({ message: `${line.name} answers no more at ${baud} baud: going on at ${FIRST_BAUD}` }),
  });
  if (choice.port !== undefined) await goOver(device, choice.baud);
  return {
    ...reached,
    device,
    close: async () => {
      await device.close();
      await stop();
    },
  };
}

/** A link that stays slow is right all the same. */
export async function goOver(device: Device, baud: number): Promise<void> {
  if (baud === FIRST_BAUD) return;
  try {
    await device.setBaud(baud);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const message = `${error.message}; going on at ${FIRST_BAUD}`;
    printWarning(error.hint === undefined ? { message } : { message, hint: error.hint });
  }
}

/** As `connect`, but nothing is said on the line yet. */
export async function connectLine(
  choice: DeviceChoice,
  network: QuantizedNetwork | undefined,
  pins?: PinMap,
): Promise<LineConnection> {
  const named = [choice.port !== undefined, choice.virtual, choice.hostC].filter(Boolean).length;
  if (named !== 1) {
    throw new UserError(
      `expected one of --port, --virtual and --host-c, found ${named}`,
      "--virtual needs no hardware: it boots the firmware on an emulated board",
    );
  }
  if (choice.port !== undefined) {
    if (choice.firmware !== undefined) {
      throw new UserError(
        `--firmware ${choice.firmware} is built and started on this computer; a board on ${choice.port} runs what is flashed on it`,
        "leave out --firmware, or give --virtual or --host-c instead of --port",
      );
    }
    const line = await openPortLine(choice.port, choice);
    const { describePort } = await import("../link/openPort.js");
    return { line, description: describePort(choice.port), built: undefined, stop: async () => undefined };
  }
  if (choice.lines !== undefined) {
    throw new UserError(
      `--lines ${choice.lines} is for a serial port, and no --port is named`,
      "leave out --lines, or name the port",
    );
  }
  if (choice.firmware !== undefined && choice.optimize !== undefined) {
    throw new UserError(
      `--optimize ${choice.optimize} says how to export the model, and ${choice.firmware} is exported already`,
      "leave out --optimize, or leave out --firmware",
    );
  }
  const { folder, removeFolder } =
    choice.firmware === undefined
      ? makeOwnFolder()
      : { folder: choice.firmware, removeFolder: () => undefined };
  try {
    const built = await buildImage(choice, network, folder, pins);
    return choice.virtual
      ? await connectVirtual(built, removeFolder, choice)
      : await connectHost(built, removeFolder);
  } catch (error) {
    removeFolder();
    throw error;
  }
}

function makeOwnFolder(): { folder: string; removeFolder: () => void } {
  const folder = makeTemporaryFolder();
  return { folder, removeFolder: atEnd(() => removeBusyFolder(folder)) };
}

/**
 * A compiler that a signal did not reach may still write into it. rmSync's own retries do not look again for what has
 * come meanwhile. A folder that will not go is no reason to end in another way than the signal's.
 */
function removeBusyFolder(folder: string): void {
  for (let tries = 0; tries < 10; tries++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** @throws UserError when the folder is named and was exported for another mode than the one asked for */
function expectMode({ manifest }: BuiltFirmware, { optimize }: DeviceChoice, folder: string): void {
  if (optimize === undefined || optimize === manifest.optimize) return;
  throw new UserError(
    `${folder} was exported with --optimize ${manifest.optimize}, not ${optimize}`,
    "leave out --optimize, or export the firmware again",
  );
}

/** What firmware for a board that is emulated is exported by: as `export-firmware` finds it. */
async function tuningOf(
  { modelPath, virtual, optimize }: DeviceChoice,
  network: QuantizedNetwork,
  target: Target,
): Promise<MeasuredTimes | undefined> {
  if (modelPath === undefined || !virtual) return undefined;
  const { findTuning } = await import("./tune.js");
  const { measured } = await findTuning(modelPath, network, {
    tune: undefined,
    optimize,
    target,
    slots: false,
  });
  return measured;
}

async function buildImage(
  choice: DeviceChoice,
  network: QuantizedNetwork | undefined,
  folder: string,
  pins: PinMap | undefined,
): Promise<BuiltFirmware> {
  const { findBoard } = await import("../board/boards.js");
  const { buildFolder } = await import("../board/buildFolder.js");
  if (choice.firmware === undefined) {
    if (network === undefined)
      throw new UserError("no firmware to start", "name an exported folder with --firmware");
    const board = findBoard(choice.hostC ? "host" : choice.board);
    if (choice.virtual && board.emulatorMachines.length === 0) {
      throw new UserError(`board "${board.id}" is not emulated`, "run its firmware with --host-c");
    }
    const { writeFirmware } = await import("../../codegen/writeFirmware.js");
    const { optimize, dut = false } = choice;
    const measured = await tuningOf(choice, network, board.target);
    await writeFirmware(network, board, folder, { optimize, dut, pins, measured });
  }
  const built = await buildFolder(folder);
  expectMode(built, choice, folder);
  const isHost = built.image.sizes === undefined;
  if (choice.hostC !== isHost) {
    throw new UserError(
      `${folder} is firmware for board "${built.board.id}"`,
      isHost ? "run it with --host-c" : "boot it with --virtual, or export it with `--board host`",
    );
  }
  return built;
}

async function connectVirtual(
  built: BuiltFirmware,
  removeFolder: () => void,
  { withPins = false, withCycles = false }: DeviceChoice,
): Promise<LineConnection> {
  const [{ startVirtualBoard }, { hasEmulatedPins }] = await Promise.all([
    import("../board/virtualBoard.js"),
    import("../board/emulatedPins.js"),
  ]);
  const { openSerialLine } = await import("../link/serialDevice.js");
  const hasPins = withPins && hasEmulatedPins(built.board);
  const { elf } = built.image;
  const cycles = withCycles ? await startCycles(built.board, elf) : undefined;
  const { emulatorArguments = [], close = () => undefined } =
    cycles instanceof UserError ? {} : (cycles ?? {});
  const how = { elf, board: built.board, withPins: hasPins, emulatorArguments };
  const board = await startVirtualBoard(how).catch((error: unknown) => {
    close();
    throw error;
  });
  try {
    const line = Object.assign(await openSerialLine(board.portPath, FIRST_BAUD), {
      stolenMs: board.stolenMs,
    });
    return {
      line,
      description: board.emulator,
      built,
      emulatedPins: board.pins,
      cycles,
      stop: async () => {
        await board.stop();
        close();
        removeFolder();
      },
    };
  } catch (error) {
    await board.stop();
    close();
    throw error;
  }
}

/** Where there is no model the rest goes on, and whoever asked is told why. */
async function startCycles(board: Board, elf: string): Promise<CycleModel | UserError> {
  const { startCycleModel } = await import("../cycles/cycleModel.js");
  return startCycleModel(board, elf).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
}

async function connectHost(built: BuiltFirmware, removeFolder: () => void): Promise<LineConnection> {
  const { openProcessLine } = await import("../link/processDevice.js");
  return {
    line: openProcessLine(built.image.elf),
    description: "compiled for this computer",
    built,
    stop: async () => removeFolder(),
  };
}
