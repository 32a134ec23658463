import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import { anyTarget } from "../program/target.js";
import type { Board, BoardPins } from "./board.js";
import { boardFolders, isBoardId, readBoardFolder, readOwnBoard, sharedFiles } from "./boardFolder.js";
import { firmwareDirectory } from "./firmwareDirectory.js";
import { pinName, pinRange } from "./pinNames.js";
import { type TextForm, textFlags } from "./textForm.js";

/** The host has them in memory only; all that any board has, so that every plan can be tried. */
const hostPins: BoardPins = {
  form: "P",
  names: pinRange("PA0-143").map((pin) => pinName(pin)),
  taken: new Map(),
  analog: new Map(Array.from({ length: 16 }, (_, channel) => [pinName(channel), channel])),
  led: { pin: "PA5", isActiveLow: false },
  button: { pin: "PC13", isActiveLow: false },
};

const host: Board = {
  id: "host",
  title: "this computer",
  mcu: "none",
  core: "host",
  target: anyTarget,
  flashAddress: 0,
  flashBytes: 0,
  ramAddress: 0,
  ramBytes: 0,
  stackBytes: 0,
  clockHz: 0,
  compiler: "gcc",
  cpuFlags: [],
  sources: [...sharedFiles.sources, "boards/host/board.c"],
  headers: sharedFiles.headers,
  includeDirectories: ["."],
  emulator: "qemu-system-arm",
  emulatorMachines: [],
  nanosecondsPerInstruction: 1,
  pins: hostPins,
  notes: ["link: frames on standard input and output"],
};

const firstBoard = "olimex-stm32-h405";

/** Those of firmware/boards, the one that commands take by default first, and this computer last. */
export const boards: readonly Board[] = [
  firstBoard,
  ...boardFolders(firmwareDirectory).filter((id) => id !== firstBoard),
]
  .map((id) => readBoardFolder(firmwareDirectory, id))
  .concat(host);

/**
 * The board's firmware with a pin map: control.c, and the pins.c and pins.h of an exported folder.
 *
 * @param pins "windows": the network sees windows of what the pins read, sampling.c and the folder's windows.c and .h
 */
export function withPinMap(board: Board, pins: true | "windows" = true): Board {
  const hasWindows = pins === "windows";
  return {
    ...board,
    cpuFlags: [...board.cpuFlags, "-DHAS_PINS=1", ...(hasWindows ? ["-DHAS_WINDOWS=1"] : [])],
    sources: [...board.sources, "control.c", ...(hasWindows ? ["sampling.c"] : [])],
    headers: [
      ...[...board.headers, "signals.h", "rounds.h"],
      ...(hasWindows ? ["sampling.h", "windowRounds.h"] : []),
    ],
  };
}

/** Most erase smaller pages, and one size fits them all. */
const usualSlotPageBytes = 4096;

/** What each of the two slots for updates is a multiple of; undefined where nothing writes the board's flash. */
export function slotPageBytes(board: Board): number | undefined {
  return slotDriver(board) === undefined ? undefined : (board.slotPageBytes ?? usualSlotPageBytes);
}

/** A family's access to its own flash, by the folders of its firmware; undefined where there is none yet. */
function slotDriver({ id, includeDirectories }: Board): string | undefined {
  const families = id === "host" ? ["host"] : includeDirectories;
  const drivers = families.map((family) => `slots/${family}.c`);
  return drivers.find((driver) => existsSync(join(firmwareDirectory, driver)));
}

/**
 * The board's firmware with slots for other tables of the network: slots.c, and what writes the family's flash.
 *
 * @throws UserError when nothing of pinfer's writes its flash
 */
export function withSlots(board: Board): Board {
  const driver = slotDriver(board);
  if (driver === undefined) {
    const able = boards.filter((one) => slotDriver(one) !== undefined).map(({ id }) => id);
    throw new UserError(
      oneLine`board "${board.id}" (${board.mcu}) cannot be updated: pinfer has nothing that writes its flash from its own program`,
      `leave out --slots and flash it anew; boards with slots: ${able.join(", ")}`,
    );
  }
  const text = readFileSync(join(firmwareDirectory, driver), "utf8");
  const headers = [...text.matchAll(/^#include "(\w+\.h)"/gm)].map(([, header]) => `slots/${header}`);
  return {
    ...board,
    cpuFlags: [...board.cpuFlags, "-DHAS_SLOTS=1"],
    sources: [...board.sources, "slots/slots.c", driver],
    headers: [...board.headers, ...headers.filter((header) => existsSync(join(firmwareDirectory, header)))],
  };
}

/** The board's firmware with the text protocol of MLPerf Tiny (firmware/dut.c) in it. */
export function withTextProtocol(board: Board, form: TextForm = {}): Board {
  return {
    ...board,
    cpuFlags: [...board.cpuFlags, ...textFlags(form)],
    sources: [...board.sources, "dut.c", "loaded.c", "text.c", "reals.c"],
    headers: [...board.headers, "text.h", "float32.h", "reals.h"],
  };
}

/**
 * @param name a board's id, or the path of a board's folder: something with a slash, or that begins with a dot
 * @throws UserError that lists the known boards, or says what is wrong with the folder
 */
export function findBoard(name: string): Board {
  const ids = boards.map((candidate) => candidate.id);
  if (/[\\/]|^\./.test(name)) return readOwnBoard(firmwareDirectory, name, ids);
  const board = boards.find((candidate) => candidate.id === name);
  if (board !== undefined) return board;
  const isFolder = existsSync(join(name, "board.json"));
  throw new UserError(
    oneLine`no board is called "${name}"`,
    `${isFolder ? `the folder is --board ./${name}; ` : ""}known boards: ${ids.join(", ")}`,
  );
}

/**
 * The board that an exported folder is for. One of the user's travels in the folder.
 *
 * @throws UserError when neither pinfer nor the folder knows it
 */
export function boardOfExport(folder: string, { board: id }: { readonly board: string }): Board {
  const firmware = join(folder, "firmware");
  const travels = isBoardId(id) && existsSync(join(firmware, "boards", id, "board.json"));
  return travels ? readBoardFolder(firmware, id) : findBoard(id);
}
