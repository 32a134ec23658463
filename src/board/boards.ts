import { UserError } from "../errors.js";
import { boardFolders, readBoardFolder, sharedFiles } from "./boardFolder.js";
import { firmwareDirectory } from "./firmwareDirectory.js";
import { pinName, pinRange } from "./pinNames.js";

/** A pin with a part of the board behind it; active low when a low level lights it, or means that it is pressed. */
export interface PinPart {
  readonly pin: string;
  readonly isActiveLow: boolean;
}

/** What is known of a board's pins. */
export interface BoardPins {
  /** All that the package has: "PA0", … */
  readonly names: readonly string[];
  /** Pins that nothing else may use, and by what they are taken. */
  readonly taken: ReadonlyMap<string, string>;
  /** Pins that the ADC reads, and its channel there. */
  readonly analog: ReadonlyMap<string, number>;
  readonly led: PinPart | undefined;
  readonly button: PinPart | undefined;
}

/** What is known of a board: all that exporting, compiling and emulating need. */
export interface Board {
  /** What users type and what the firmware tells in its hello. */
  readonly id: string;
  readonly title: string;
  readonly mcu: string;
  readonly core: string;
  readonly flashAddress: number;
  /** 0 on the host, which sets no limit; the same for `ramBytes`. */
  readonly flashBytes: number;
  readonly ramAddress: number;
  readonly ramBytes: number;
  /** Reserved for the stack at the bottom of RAM, as in the linker script. 0 on the host. */
  readonly stackBytes: number;
  /** Core clock on hardware, from the crystal. 0 on the host. */
  readonly clockHz: number;
  readonly compiler: "arm-none-eabi-gcc" | "gcc";
  /** Target flags of compiler and linker. */
  readonly cpuFlags: readonly string[];
  /** C files beside the generated network, relative to firmware/. */
  readonly sources: readonly string[];
  /** Headers these sources include, relative to firmware/. */
  readonly headers: readonly string[];
  /** Relative to firmware/; "." is firmware/ itself. */
  readonly includeDirectories: readonly string[];
  /** Relative to firmware/. */
  readonly linkerScript?: string;
  /** What the linker script includes, relative to firmware/. */
  readonly linkerIncludes?: readonly string[];
  /** QEMU machines that run its image, the best first; none when it is not emulated. */
  readonly emulatorMachines: readonly string[];
  /** The oldest QEMU that has one of them: "9.1". */
  readonly emulatorSince?: string;
  /** Of port A's registers, where the emulator has the pins. */
  readonly emulatedGpioAddress?: number;
  /** Of the chip's ROM bootloader, as it answers Get ID (AN2606); none on the host. */
  readonly productId?: number;
  readonly pins: BoardPins;
  /** Pins and wiring, one fact a line. */
  readonly notes: readonly string[];
}

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
export function withTextProtocol(board: Board): Board {
  return {
    ...board,
    sources: [...board.sources, "dut.c", "text.c"],
    headers: [...board.headers, "text.h"],
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
