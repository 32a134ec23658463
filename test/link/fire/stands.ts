import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findBoard } from "../../../src/board/boards.js";
import { compileFirmware } from "../../../src/board/compile.js";
import { VirtualStm32 } from "../../../src/board/virtualStm32.js";
import { openDevice } from "../../../src/link/device.js";
import type { Line } from "../../../src/link/line.js";
import type { Expected } from "./operations.js";

/** What the fixture of test/firmware computes: invert, then fold. */
const invert = (input: Int8Array): Int8Array => input.map((value) => -1 - value);

export const expected: Expected = {
  hash: "0123456789abcdef".repeat(4),
  inputBytes: 784,
  outputBytes: 10,
  invert,
  run(input) {
    const output = new Int8Array(10);
    for (const [i, value] of invert(input).entries()) output[i % 10]! ^= value;
    return output;
  },
};

/** The firmware of a board around the fixture: its executable, and the image in flash where it has one. */
export async function compileFixture(
  boardId: string,
  outputDirectory: string,
  options: { readonly sanitize: boolean },
): Promise<{ elf: string; bin: string | undefined }> {
  const directory = fileURLToPath(new URL("../../firmware/fixture", import.meta.url));
  const { elf, bin } = await compileFirmware({
    board: findBoard(boardId),
    sources: [{ path: `${directory}/network.c` }],
    includeDirectories: [directory],
    outputDirectory,
    ...options,
  });
  return { elf, bin };
}

/** An emulated board under fire, which keeps running when its line's end is closed. */
export interface EmulatedStand {
  readonly openEnd: () => Line;
  readonly restart: () => Promise<void>;
  close(): Promise<void>;
}

/** Runs the fixture on a board's emulator. */
export async function startEmulatedStand(boardId: string, outputDirectory: string): Promise<EmulatedStand> {
  const board = findBoard(boardId);
  const { bin } = await compileFixture(boardId, outputDirectory, { sanitize: false });
  const flash = new Uint8Array(board.flashBytes).fill(0xff);
  flash.set(readFileSync(bin!));
  let hear: (bytes: Uint8Array) => void = () => undefined;
  const virtual = await VirtualStm32.start({ board, flash, send: (bytes) => hear(bytes) });
  const openEnd = (): Line => {
    let onEnd: (bytes: Uint8Array) => void = () => undefined;
    return {
      name: `the emulated ${boardId}`,
      bytesPerSecond: 11_520,
      write: (bytes) => virtual.receive(bytes),
      listen: (onBytes) => {
        onEnd = onBytes;
        hear = onBytes;
      },
      close: async () => {
        if (hear === onEnd) hear = () => undefined; // else another end has been opened since
      },
    };
  };
  await openDevice(openEnd()).hello(); // it has booted
  return { openEnd, restart: () => virtual.reset(), close: () => virtual.close() };
}
