import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { printPinsHeader, printPinsSource } from "../../codegen/printPins.js";
import { type Board, findBoard, withPinMap } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import { planPins } from "../../src/pins/planPins.js";
import { networkDirectory } from "../firmware/images.js";

const host = findBoard("host");

/** The network of PROTOCOL.md's examples, with the pins of its examples. */
const plan = planPins(
  {
    inputs: [
      { pin: "PA0", debounceMs: 20, off: -10, on: 10 },
      { pin: "PA1", activeLow: true, off: -3, on: 4 },
      { pin: "PA2", analog: [-64, 63.5] },
      { pin: "PC13", pull: "up" },
    ],
    outputs: [
      { pin: "PA5", output: 0, threshold: 2, hysteresis: 1 },
      { pin: "PA6", class: 1, activeLow: true },
    ],
    ...{ timing: "PB1", everyMs: 5, classHysteresis: 1 },
  },
  {
    name: "example",
    input: {
      ...{ name: "input", offset: 0, bytes: 4, shape: [4] },
      ...{ elementType: "int8", scale: 0.5, zeroPoint: 0 },
    },
    output: {
      ...{ name: "output", offset: 0, bytes: 2, shape: [2] },
      ...{ elementType: "int8", scale: 0.25, zeroPoint: -1 },
    },
  },
  host,
);

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
  writeFileSync(join(directory, "pins.h"), printPinsHeader(plan, "example", "test"));
  writeFileSync(join(directory, "pins.c"), printPinsSource(plan, "example", "test"));
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
