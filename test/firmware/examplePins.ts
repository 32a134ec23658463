import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { printPinsHeader, printPinsSource } from "../../codegen/printPins.js";
import { findBoard } from "../../src/board/boards.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { type PinPlan, planPins } from "../../src/pins/planPins.js";

/** Everything that a pin may be. @param hysteresis of the output by threshold */
export const everyKindOfPin = (hysteresis: number): PinMap => ({
  inputs: [
    { pin: "PA0", debounceMs: 20, off: -10, on: 10 },
    { pin: "PA1", activeLow: true, off: -3, on: 4 },
    { pin: "PA2", analog: [-64, 63.5] },
    { pin: "PC13", pull: "up" },
  ],
  outputs: [
    { pin: "PA5", output: 0, threshold: 2, hysteresis },
    { pin: "PA6", class: 1, activeLow: true },
  ],
  ...{ timing: "PB1", everyMs: 5, classHysteresis: 1 },
});

/** The pins of PROTOCOL.md's examples, for the network of its examples on the host. */
export const examplePins: PinPlan = planPins(
  everyKindOfPin(1),
  {
    name: "example",
    inputs: [
      {
        ...{ name: "input", offset: 0, bytes: 4, shape: [4], border: "float32" },
        ...{ elementType: "int8", quantization: { scale: 0.5, zeroPoint: 0 } },
      },
    ],
    outputs: [
      {
        ...{ name: "output", offset: 0, bytes: 2, shape: [2], border: "float32" },
        ...{ elementType: "int8", quantization: { scale: 0.25, zeroPoint: -1 } },
      },
    ],
  },
  findBoard("host"),
);

/** Writes pins.h and pins.c into a folder, as an export does. */
export function writeExamplePins(directory: string): void {
  writeFileSync(join(directory, "pins.h"), printPinsHeader(examplePins, "example", "test"));
  writeFileSync(join(directory, "pins.c"), printPinsSource(examplePins, "example", "test"));
}
