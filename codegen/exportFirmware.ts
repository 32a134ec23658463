import { readFileSync } from "node:fs";
import path from "node:path";
import { UserError } from "../src/base/errors.js";
import { packageVersion } from "../src/base/packageRoot.js";
import type { Board } from "../src/board/board.js";
import { slotPageBytes, withPinMap, withSlots, withTextProtocol } from "../src/board/boards.js";
import { firmwareDirectory } from "../src/board/firmwareDirectory.js";
import {
  type FirmwareManifest,
  hashesOf,
  manifestName,
  printManifest,
  tuningHash,
} from "../src/board/manifest.js";
import type { TextForm } from "../src/board/textForm.js";
import { expectInt8Outputs, expectOnePort, onlyOutput } from "../src/network/ports.js";
import type { QuantizedNetwork } from "../src/network/quantizedNetwork.js";
import type { PinMap } from "../src/pins/pinMap.js";
import { type PinPlan, planPins } from "../src/pins/planPins.js";
import { type PlanOptions, planProgram } from "../src/plan/planProgram.js";
import type { Program } from "../src/program/program.js";
import { expectStateless } from "./expectStateless.js";
import { type GeneratedNetwork, type NamingOptions, tableBytes } from "./generatedNetwork.js";
import { printNetworkFiles } from "./networkFiles.js";
import { defaultName } from "./networkNames.js";
import { arenaFile, namesFile, printFirmwareArena, printFirmwareNames } from "./printFirmwareNames.js";
import { printPinsHeader, printPinsSource } from "./printPins.js";
import { describeFirmware, printReadme } from "./printReadme.js";
import { printWindows } from "./printWindows.js";
import { printCMakeLists, printMakefile } from "./projectFiles.js";
import { layOutSlot } from "./slotTables.js";
import { readKernel } from "./storedKernels.js";
import { chooseTextForm, isPlain, latestBytes, loadedBytes } from "./textProtocol.js";

/** Flash that code, link and boot may take beside the tables; `npm test` holds the firmware to it. */
export const codeFlashBytes = 8 * 1024;
/** Flash that slots for updates may take beside that, without the slots themselves. */
export const slotFlashBytes = 1536;

/** RAM that everything but the arena and the stack may take; `npm test` holds the firmware to it. */
export const staticRamBytes = 2 * 1024;

/** Flash that the text protocol of MLPerf Tiny may take beside that, where it is asked for. */
export const textFlashBytes = 3.5 * 1024;
/** And beside that, where texts bring u8 or f32, or get an error: arithmetic of real numbers. */
export const textFormFlashBytes = 1024;

/** Flash that reading and driving pins may take beside that, and each pin of the map. */
export const pinFlashBytes = 2 * 1024;
const flashBytesOfPin = 28; // pin_input_t of firmware/control.h; an output takes less
/** Of `staticRamBytes`, what is left for pins beside the link's rings, a batch and a command of text. */
export const pinRamBytes = 640;
const ramBytesOfPin = 12; // what control.c keeps of an input; of an output less

/** Flash that windows of moments may take beside pins. */
export const windowFlashBytes = 2 * 1024;

export interface ExportOptions extends Omit<PlanOptions, "target">, TextForm, NamingOptions {
  /**
   * Put the text protocol of MLPerf Tiny into the firmware too: firmware/dut.c. Default false. A network whose name is
   * one of the benchmark's takes and answers what its data sets hold, unless `dutInput` or `dutResult` say otherwise.
   */
  readonly dut?: boolean;
  /** Firmware with it reads pins, infers and drives pins on its own. */
  readonly pins?: PinMap | undefined;
}

export interface ExportedFirmware {
  /** Paths are relative to the folder of the export, with "/" between names; the manifest is the last. */
  readonly files: readonly { readonly path: string; readonly data: string }[];
  readonly manifest: FirmwareManifest;
  readonly program: Program;
  readonly pinPlan: PinPlan | undefined;
  /** Of the text protocol, where it is in the firmware. */
  readonly text: Required<TextForm> | undefined;
}

/** RAM of windows: moments, outputs to average, votes. */
export function ringBytes({ windows, outputs }: PinPlan, outputBytes: number): number {
  if (windows === undefined) return 0;
  const { window, momentBytes, average, of } = windows;
  return window * momentBytes + average * outputBytes + of * outputs.length;
}

/** RAM for the answers of the latest steps, of a network that keeps states: firmware/batch.c keeps those of one request. */
function stepBytes({ states, inputs, outputs }: Program): number {
  if (states.length === 0) return 0;
  const [taken, given] = [inputs, outputs].map((slots) => slots.reduce((sum, { bytes }) => sum + bytes, 0));
  const fitting = Math.floor(2048 / Math.max(taken, given));
  return Math.min(8, Math.max(2, fitting)) * (4 + 4 * Math.ceil(given / 4));
}

/** @throws UserError with the numbers when flash or RAM cannot hold the network */
function expectFits(
  network: GeneratedNetwork,
  board: Board,
  text: TextForm | undefined,
  pins: PinPlan | undefined,
): void {
  const { name, arenaBytes } = network.program;
  const hasText = text !== undefined;
  const tables = tableBytes(network) + network.description.length;
  const pinCount = pins === undefined ? 0 : pins.inputs.length + pins.outputs.length;
  const windowCode = pins?.windows === undefined ? 0 : windowFlashBytes;
  const pinCode = pins === undefined ? 0 : pinFlashBytes + pinCount * flashBytesOfPin + windowCode;
  const textCode = text === undefined ? 0 : textFlashBytes + (isPlain(text) ? 0 : textFormFlashBytes);
  const slotCode = network.slots ? slotFlashBytes : 0;
  const code = codeFlashBytes + textCode + pinCode + slotCode;
  const slots = network.slots ? 2 * layOutSlot(network).slotBytes : 0;
  if (board.flashBytes > 0 && tables + code + slots > board.flashBytes) {
    const both =
      slots > 0
        ? ` + two slots ${slots}, of whole pages of ${network.slotPageBytes} B, so that one is whole while the other is written`
        : "";
    throw new UserError(
      `network "${name}" needs ${tables + code + slots} B of flash (tables ${tables} + code ${code}${both}); ` +
        `board "${board.id}" has ${board.flashBytes} B`,
      slots > 0 && tables + code <= board.flashBytes
        ? "leave out --slots, and flash it anew"
        : "lower the number of weights, or choose a board with more flash (`pinfer boards`)",
    );
  }
  if (board.ramBytes > 0 && pinCount * ramBytesOfPin > pinRamBytes) {
    throw new UserError(
      `network "${name}" has ${pinCount} pins, which need ${pinCount * ramBytesOfPin} B of RAM; ` +
        `firmware has ${pinRamBytes} B for ${Math.floor(pinRamBytes / ramBytesOfPin)}`,
      "leave out the pin map (--no-pins)",
    );
  }
  const kept = hasText ? latestBytes(network.program) + loadedBytes(network.program, text) : 0;
  const windows = pins === undefined ? 0 : ringBytes(pins, onlyOutput(network.program).bytes);
  const steps = stepBytes(network.program);
  const ram = arenaBytes + board.stackBytes + staticRamBytes + kept + windows + steps;
  if (board.ramBytes > 0 && ram > board.ramBytes) {
    const more =
      (hasText ? ` + kept inputs and outputs ${kept}` : "") +
      (windows > 0 ? ` + windows ${windows}` : "") +
      (steps > 0 ? ` + answers of steps ${steps}` : "");
    throw new UserError(
      `network "${name}" needs ${ram} B of RAM (arena ${arenaBytes} + stack ${board.stackBytes} + ` +
        `link ${staticRamBytes}${more}); board "${board.id}" has ${board.ramBytes} B`,
      `${hasText ? "leave out --dut, " : ""}${windows > 0 ? "leave out the pin map (--no-pins), " : ""}lower the size of the largest layers, or choose a board with more RAM ` +
        "(`pinfer boards`)",
    );
  }
}

/** What is compiled in beside the network and comes from its scales, as no update can change. */
function expectUpdatable({ dut, pins }: ExportOptions, { layers }: QuantizedNetwork): void {
  const own = layers.find(({ kind }) => kind === "own");
  if (own) {
    throw new UserError(
      `--slots does not go with layer "${own.name}": a kernel of your own has its numbers in its code, and an update has others`,
      "leave out --slots",
    );
  }
  const [option, what, hint] = dut
    ? ["--dut", "texts are converted by scales that are compiled in", "leave out --dut"]
    : ["a pin map", "thresholds and levels are compiled in", "leave out the pin map (--no-pins)"];
  if (!dut && !pins) return;
  throw new UserError(`--slots and ${option} do not go together: ${what}, and an update has others`, hint);
}

/** Where a file of the board's firmware is: in firmware/, or in the folder of the user's board. */
function placeOf(file: string, { id, own }: Board): string {
  const folder = `boards/${id}/`;
  return own !== undefined && file.startsWith(folder)
    ? path.join(own.folder, file.slice(folder.length))
    : path.join(firmwareDirectory, file);
}

/**
 * Makes everything a firmware project consists of: the network in C, the board's firmware, a Makefile and a
 * CMakeLists.txt. The same network gives the same bytes.
 *
 * @throws UserError when the network cannot be planned, it or its pins do not fit the board, its name is none for C, or
 *   a kernel is outside the subset
 */
export function exportFirmware(
  network: QuantizedNetwork,
  plainBoard: Board,
  options: ExportOptions = {},
): ExportedFirmware {
  const { dut = false } = options;
  const { slots = false } = options;
  if (slots) expectUpdatable(options, network);
  const program = planProgram(network, {
    ...options,
    ...(slots && { passes: "shapes" as const }),
    target: plainBoard.target,
  });
  if (dut) expectOnePort(program, "the text protocol of --dut", "leave out --dut");
  if (slots) expectOnePort(program, "--slots", "leave out --slots");
  if (options.pins) expectOnePort(program, "a pin map", "leave out the pin map (--no-pins)");
  if (options.pins) expectInt8Outputs(program, "a pin map", "leave out the pin map (--no-pins)");
  if (dut) expectStateless(program, "texts bring every input for itself", "leave out --dut");
  if (options.pins) expectStateless(program, "pins run it whenever they are read", "leave out the pin map");
  const text = dut ? chooseTextForm(program, options) : undefined;
  const withText = text ? withTextProtocol(plainBoard, text) : plainBoard;
  const hasWindows = options.pins?.window !== undefined;
  const withPins = options.pins ? withPinMap(withText, hasWindows ? "windows" : true) : withText;
  const board = slots ? withSlots(withPins) : withPins;
  const {
    generated,
    facts,
    sizes,
    files: networkFiles,
  } = printNetworkFiles(program, {
    ...options,
    slotPageBytes: slotPageBytes(board),
  });
  const { prefix, arena } = generated;
  if (arena === "shared" && prefix === defaultName) {
    throw new UserError(
      `a network that shares its arena needs a name of its own in C; "${defaultName}" is what every other one is called`,
      "for example --name gesture",
    );
  }
  const pinPlan = options.pins && planPins(options.pins, program, board);
  expectFits(generated, board, text, pinPlan);
  const windows = pinPlan && printWindows(pinPlan, program, packageVersion, readKernel);
  const firmwareText = (file: string) => readFileSync(placeOf(file, board), "utf8");
  const boardFiles = [
    ...board.sources,
    ...board.headers.filter((header) => header !== namesFile),
    ...(board.linkerScript === undefined ? [] : [board.linkerScript]),
    ...(board.linkerIncludes ?? []),
    ...(board.own?.descriptions ?? []),
  ];
  const compiled = [
    ...networkFiles,
    ...(pinPlan
      ? [
          { path: "pins.h", data: printPinsHeader(pinPlan, program.name, packageVersion) },
          { path: "pins.c", data: printPinsSource(pinPlan, program.name, packageVersion) },
        ]
      : []),
    ...(windows
      ? [
          { path: "windows.h", data: windows.header },
          { path: "windows.c", data: windows.source },
        ]
      : []),
    { path: `firmware/${namesFile}`, data: printFirmwareNames(generated, packageVersion) },
    ...(arena === "shared"
      ? [{ path: `firmware/${arenaFile}`, data: printFirmwareArena(generated, packageVersion) }]
      : []),
    ...boardFiles.map((file) => ({ path: `firmware/${file}`, data: firmwareText(file) })),
  ];
  const manifest = {
    format: "pinfer-firmware",
    version: 2,
    board: board.id,
    optimize: program.optimize,
    target: program.target.id,
    ...(options.measured && { tuned: tuningHash(options.measured) }),
    ...(dut && { dut }),
    ...(text && text.dutInput !== "int8" && { dutInput: text.dutInput }),
    ...(text && text.dutResult !== "outputs" && { dutResult: text.dutResult }),
    ...(pinPlan && { pins: windows ? "windows" : true }),
    ...(prefix !== defaultName && { name: prefix }),
    ...(arena === "shared" && { arena }),
    ...(slots && { slots: layOutSlot(generated).slotBytes }),
    network: { name: program.name, hash: program.hash },
    sizes,
    files: hashesOf(compiled),
  } satisfies FirmwareManifest;
  const written = [
    ...compiled,
    { path: "Makefile", data: printMakefile(board, manifest, packageVersion) },
    { path: "CMakeLists.txt", data: printCMakeLists(board, manifest, packageVersion) },
    { path: "README.md", data: printReadme(describeFirmware(generated, facts, board, manifest)) },
  ];
  const whole: FirmwareManifest = { ...manifest, written: hashesOf(written) };
  const files = [...written, { path: manifestName, data: printManifest(whole) }];
  return { files, manifest: whole, program, pinPlan, text };
}
