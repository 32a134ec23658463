import { UserError } from "../errors.js";

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
  /** QEMU machines that run its image, the best first; none when it is not emulated. */
  readonly emulatorMachines: readonly string[];
  /** Of the chip's ROM bootloader, as it answers Get ID (AN2606); none on the host. */
  readonly productId?: number;
  /** Pins and wiring, one fact a line. */
  readonly notes: readonly string[];
}

const SHARED_SOURCES = ["main.c", "link.c", "crc32.c"];
const SHARED_HEADERS = ["board.h", "link.h", "crc32.h", "main.h", "int.h"];

/**
 * Sources: STM32F405 datasheet DS8626 §2 (flash 1 MB, SRAM 112 + 16 KB contiguous at 0x20000000), RM0090 §6.3;
 * AN2606 for the ROM bootloader's pins, which the link shares so that one cable does both.
 */
const olimexStm32H405: Board = {
  id: "olimex-stm32-h405",
  title: "Olimex STM32-H405",
  mcu: "STM32F405RG",
  core: "Cortex-M4F",
  flashAddress: 0x08000000,
  flashBytes: 1024 * 1024,
  ramAddress: 0x20000000,
  ramBytes: 128 * 1024,
  stackBytes: 2048,
  clockHz: 168_000_000,
  compiler: "arm-none-eabi-gcc",
  cpuFlags: ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"],
  sources: [
    ...SHARED_SOURCES,
    "cortexm/startup.c",
    "cortexm/fault.c",
    "boards/olimex-stm32-h405/board.c",
    "boards/olimex-stm32-h405/clock.c",
    "boards/olimex-stm32-h405/uart.c",
  ],
  headers: [...SHARED_HEADERS, "cortexm/cortexm.h", "boards/olimex-stm32-h405/stm32f405.h"],
  includeDirectories: [".", "cortexm", "boards/olimex-stm32-h405"],
  linkerScript: "boards/olimex-stm32-h405/linker.ld",
  emulatorMachines: ["olimex-stm32-h405", "netduinoplus2"],
  productId: 0x413,
  notes: [
    "link: USART1, TX on PA9, RX on PA10, 115200 baud, 8 data bits, no parity, 1 stop bit",
    "clock: 168 MHz from the 8 MHz crystal; 16 MHz from the internal oscillator when the crystal does not start",
  ],
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
  sources: [...SHARED_SOURCES, "boards/host/board.c"],
  headers: SHARED_HEADERS,
  includeDirectories: ["."],
  emulatorMachines: [],
  notes: ["link: frames on standard input and output"],
};

export const boards: readonly Board[] = [olimexStm32H405, host];

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
