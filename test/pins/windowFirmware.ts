import { join } from "node:path";
import { writeFirmware } from "../../codegen/writeFirmware.js";
import { findBoard, withPinMap } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { ports } from "../support/ports.js";

/** Windows of 5 moments of a lever and a switch; three classes that are told by which fifth of the window weighs most. */
export const windowNetwork: QuantizedNetwork = {
  ...{ name: "lever", ...ports(0, 1) },
  tensors: [
    { elementType: "int8", name: "input", shape: [10], quantization: { scale: 0.5, zeroPoint: 0 } },
    { elementType: "int8", name: "output", shape: [3], quantization: { scale: 0.25, zeroPoint: -1 } },
  ],
  layers: [
    {
      ...{ kind: "fullyConnected", name: "dense", inputs: [0], output: 1 },
      bias: Int32Array.of(0, 100, -50),
      weights: Int8Array.of(
        ...[90, 10, 60, -20, 5, 0, -30, 7, -80, 10],
        ...[-40, 0, -10, 30, 90, -7, 70, 5, -20, 10],
        ...[-70, 30, -20, 5, -30, 1, 20, -10, 100, -60],
      ),
      weightScales: [0.01, 0.01, 0.01],
      ...{ activationMin: -128, activationMax: 127 },
    },
  ],
};

export const windowPins: PinMap = {
  inputs: [
    { pin: "PA0", analog: [-64, 63.5] },
    { pin: "PA1", debounceMs: 20, off: -10, on: 10 },
  ],
  outputs: [
    { pin: "PA5", class: 0 },
    { pin: "PA6", class: 2, activeLow: true },
    { pin: "PA7", output: 1, threshold: 2, hysteresis: 4 },
  ],
  ...{ timing: "PB1", everyMs: 10, classHysteresis: 1 },
  ...{ window: 5, hop: 2, average: 3, vote: { wins: 2, of: 4 } },
};

/** Firmware for this computer, with sanitizers. @returns the executable */
export async function compileWindows(directory: string): Promise<string> {
  const host = findBoard("host");
  const folder = join(directory, "export");
  await writeFirmware(windowNetwork, host, folder, { pins: windowPins });
  const { elf } = await compileFirmware({
    board: withPinMap(host, "windows"),
    sources: ["network.c", "pins.c", "windows.c"].map((file) => ({ path: join(folder, file) })),
    includeDirectories: [folder],
    outputDirectory: join(directory, "build"),
    firmware: join(folder, "firmware"),
    ...{ sanitize: true, strict: true },
  });
  return elf;
}
