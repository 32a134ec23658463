import { UserError } from "../base/errors.js";
import type { Board, BoardPins } from "./board.js";
import { boardFolders, readBoardFolder, sharedFiles } from "./boardFolder.js";
import { firmwareDirectory } from "./firmwareDirectory.js";
import { pinName, pinRange } from "./pinNames.js";
import { type TextForm, textFlags } from "./textForm.js";

/** The host has them in memory only; all that any board has, so that every plan can be tried. */
const hostPins: BoardPins = {
  names: pinRange("PA0-143").map(pinName),
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
  emulatorMachines: [],
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

/** The board's firmware with a pin map: control.c, and the pins.c and pins.h of an exported folder. */
export function withPinMap(board: Board): Board {
  return {
    ...board,
    cpuFlags: [...board.cpuFlags, "-DHAS_PINS=1"],
    sources: [...board.sources, "control.c"],
    headers: [...board.headers, "signals.h"],
  };
}

/** The board's firmware with the text protocol of MLPerf Tiny (firmware/dut.c) in it. */
export function withTextProtocol(board: Board, form: TextForm = {}): Board {
  return {
    ...board,
    cpuFlags: [...board.cpuFlags, ...textFlags(form)],
    sources: [...board.sources, "dut.c", "loaded.c", "text.c", "reals.c"],
    headers: [...board.headers, "text.h", "reals.h"],
  };
}

/** @throws UserError that lists the known boards. */
export function findBoard(id: string): Board {
  const board = boards.find((candidate) => candidate.id === id);
  if (board === undefined) {
    const known = boards.map((candidate) => candidate.id).join(", ");
    throw new UserError(`no board is called "${id}"`, `known boards: ${known}`);
  }
  return board;
}
