import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { findBoard, withTextProtocol } from "../../src/board/boards.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "./images.js";

const directory = temporaryDirectory();
const host = withTextProtocol(findBoard("host"));

/** The firmware of this computer, where any warning is an error. */
async function runs(name: string, compiler: string, flags: readonly string[]): Promise<void> {
  const board = { ...host, compiler: compiler as "gcc", cpuFlags: [...host.cpuFlags, ...flags] };
  const { elf } = await compileNetwork("host", "fixture", `${directory}/${name}`, { board, sanitize: false });
  const device = openProcessDevice(elf);
  try {
    const input = everyByteInput();
    expect((await device.run(input)).output).toEqual(fixture.run(input));
    await device.runLayer(0, input);
    expect((await device.runLayer(1)).output).toEqual(fixture.run(input));
  } finally {
    await device.close();
  }
}

const clang = ["clang", "clang-19", "clang-16", "clang-14"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);

describe("the firmware of this computer", () => {
  // macOS calls it gcc; `apt-get install clang` has it elsewhere
  it.skipIf(clang === undefined)("compiles with clang, without a warning, and runs (needs clang)", () =>
    runs("clang", clang!, []),
  );

  it.each([
    ["whoever asks for undefined macros", ["-Wundef"]],
    ["structs that are packed", ["-fpack-struct"]],
  ] as const)("compiles without a warning with %s, and runs", (name, flags) => runs(name, "gcc", flags));
});
