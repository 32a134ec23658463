import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { type CompileOptions, compileFirmware, type FirmwareImage } from "../../src/board/compile.js";

/** A folder that is removed when the test file ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "pinfer-test-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export type TestNetwork = "fixture" | "exampleNetwork" | "exampleStates";

/** The folder of network.c and network.h. */
export function networkDirectory(network: TestNetwork): string {
  return fileURLToPath(new URL(network, import.meta.url));
}

/** The firmware of a board around one of the hand-made networks; on the host with sanitizers. */
export function compileNetwork(
  boardId: string,
  network: TestNetwork,
  outputDirectory: string,
  options: Partial<CompileOptions> & { readonly flags?: readonly string[] } = {},
): Promise<FirmwareImage> {
  const directory = networkDirectory(network);
  return compileFirmware({
    board: findBoard(boardId),
    sources: [{ path: join(directory, "network.c"), flags: options.flags ?? [] }],
    includeDirectories: [directory],
    outputDirectory,
    strict: true,
    sanitize: boardId === "host",
    ...options,
  });
}

/** What the fixture computes: invert, then fold. */
export const fixture = {
  hash: "0123456789abcdef".repeat(4),
  inputBytes: 784,
  outputBytes: 10,

  invert(input: Int8Array): Int8Array {
    return input.map((value) => -1 - value);
  },

  fold(inverted: Int8Array): Int8Array {
    const output = new Int8Array(10);
    for (let i = 0; i < inverted.length; i++) output[i % 10]! ^= inverted[i]!;
    return output;
  },

  run(input: Int8Array): Int8Array {
    return fixture.fold(fixture.invert(input));
  },
};

/** An input that holds every int8, so also the bytes that frames escape. */
export function everyByteInput(start = 0): Int8Array {
  return Int8Array.from({ length: fixture.inputBytes }, (_, i) => start + i * 37);
}
