import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { networkDirectory, temporaryDirectory } from "./images.js";

const directory = temporaryDirectory();

/** The example network with a sum in floating point beside it, as somebody's own code may have one. */
function withFloats(): string {
  const source = readFileSync(join(networkDirectory("exampleNetwork"), "network.c"), "utf8");
  const path = join(directory, "network.c");
  const run = "void network_run(void)\n{\n";
  expect(source).toContain(run);
  writeFileSync(
    path,
    source.replace(run, `volatile float total;\n\n${run}    total = total * 0.5f + 1.0f;\n`),
  );
  return path;
}

// The unit is off after a reset: its first instruction is a usage fault then.
it("runs code beside the network that is compiled for the floating-point unit", async () => {
  const board = findBoard("olimex-stm32-h405");
  const cpuFlags = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"];
  const { elf } = await compileFirmware({
    board: { ...board, cpuFlags },
    sources: [{ path: withFloats() }],
    includeDirectories: [networkDirectory("exampleNetwork")],
    outputDirectory: directory,
    strict: true,
  });
  const virtual = await startVirtualBoard({ elf, board });
  const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf });
  try {
    const { output } = await device.run(Int8Array.of(1, 2, 3, 4));
    expect(output).toEqual(Int8Array.of(-2 ^ -4, -3 ^ -5));
  } finally {
    await device.close();
    await virtual.stop();
  }
});
