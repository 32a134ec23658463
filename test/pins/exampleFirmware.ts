import { join } from "node:path";
import type { Board } from "../../src/board/board.js";
import { findBoard, withPinMap } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import { writeExamplePins } from "../firmware/examplePins.js";
import { networkDirectory } from "../firmware/images.js";

const host = findBoard("host");

/** What the network of the examples computes: see test/firmware/exampleNetwork/network.c. */
export const runExample = (x: ArrayLike<number>): number[] => [x[0]! ^ x[2]!, x[1]! ^ x[3]!];

/**
 * The host's firmware around both, with sanitizers.
 *
 * @param change what else the board is to answer
 * @returns the executable
 */
export async function compileExample(
  directory: string,
  change: (board: Board) => Board = (board) => board,
): Promise<string> {
  writeExamplePins(directory);
  const network = networkDirectory("exampleNetwork");
  const { elf } = await compileFirmware({
    board: change(withPinMap(host)),
    sources: [{ path: join(network, "network.c") }, { path: join(directory, "pins.c") }],
    includeDirectories: [network, directory],
    outputDirectory: join(directory, "build"),
    sanitize: true,
  });
  return elf;
}
