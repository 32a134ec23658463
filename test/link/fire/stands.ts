import { fileURLToPath } from "node:url";
import { findBoard } from "../../../src/board/boards.js";
import { compileFirmware } from "../../../src/board/compile.js";
import type { Expected } from "./operations.js";

/** What the fixture of test/firmware computes: invert, then fold. */
const invert = (input: Int8Array): Int8Array => input.map((value) => -1 - value);

export const expected: Expected = {
  hash: "0123456789abcdef".repeat(4),
  inputBytes: 784,
  invert,
  run(input) {
    const output = new Int8Array(10);
    for (const [i, value] of invert(input).entries()) output[i % 10]! ^= value;
    return output;
  },
};

/** The firmware of a board around the fixture; gives its executable or image. */
export async function compileFixture(
  boardId: string,
  outputDirectory: string,
  options: { readonly sanitize: boolean },
): Promise<string> {
  const directory = fileURLToPath(new URL("../../firmware/fixture", import.meta.url));
  const { elf } = await compileFirmware({
    board: findBoard(boardId),
    sources: [{ path: `${directory}/network.c` }],
    includeDirectories: [directory],
    outputDirectory,
    ...options,
  });
  return elf;
}
