import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Board } from "../../src/board/board.js";
import { findBoard } from "../../src/board/boards.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import type { Device } from "../../src/link/device.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { readModel } from "../../src/model/modelFile.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { succeed, trainCorners } from "./projects.js";

const folder = join(temporaryDirectory(), "a path with spaces");
let program: Program;

beforeAll(() => {
  mkdirSync(folder);
  trainCorners(folder);
  program = planProgram(readModel(join(folder, "model.json")).quantized!);
});

/** Without what this process was given by npm and vitest. */
const run = (cwd: string, tool: string, ...toolArguments: string[]): string =>
  execFileSync(tool, toolArguments, {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
    stdio: "pipe",
  });

const ways = [
  { tool: "make", build: (cwd: string) => run(cwd, "make"), output: "build" },
  {
    tool: "cmake",
    build: (cwd: string) => {
      run(cwd, "cmake", "-B", "cmake build");
      run(cwd, "cmake", "--build", "cmake build");
    },
    output: "cmake build",
  },
];

/** Starts what was built, whichever board it is for, and ends it when `use` has ended. */
async function withDevice(board: Board, stem: string, use: (device: Device) => Promise<void>): Promise<void> {
  if (board.emulatorMachines.length === 0) {
    const device = openProcessDevice(stem);
    await use(device).finally(() => device.close());
    return;
  }
  const virtual = await startVirtualBoard({ elf: `${stem}.elf`, board });
  try {
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    await use(device).finally(() => device.close());
  } finally {
    await virtual.stop();
  }
}

/** The others differ in their folders of C, and every board is compiled in test/board. */
const twoBoards = ["olimex-stm32-h405", "host"].map((id) => [id, findBoard(id)] as const);

describe.each(twoBoards)("firmware exported for %s", (id, board) => {
  const exported = join(folder, `firmware of ${id} (1)`);

  beforeAll(() => {
    succeed("export-firmware", join(folder, "model.json"), "--board", id, "-o", exported);
  });

  it.each(ways)("is built by $tool outside the package, runs, and computes the host's bytes", async (way) => {
    way.build(exported);
    const stem = join(exported, way.output, "firmware");
    const elf = readFileSync(board.flashBytes > 0 ? `${stem}.elf` : stem);
    expect(elf.includes(exported)).toBe(false); // the same file in any folder
    if (board.flashBytes > 0) {
      const image = readFileSync(`${stem}.bin`);
      // The vector table: a stack pointer in RAM and an entry point in flash with the Thumb bit.
      expect(image.readUInt32LE(0) - board.ramAddress).toBeLessThanOrEqual(board.ramBytes);
      expect(image.readUInt32LE(4) % 2).toBe(1);
      expect(image.readUInt32LE(4) - board.flashAddress).toBeLessThan(image.length);
      expect(readFileSync(`${stem}.hex`, "utf8")).toMatch(/^:0200000408/); // extended address 0x0800xxxx
    }
    await withDevice(board, stem, async (device) => {
      const { boardId, network } = await device.hello();
      expect([boardId, network.name, network.hash]).toEqual([id, "corners", program.hash]);
      const input = Int8Array.from({ length: 12 }, (_, i) => 21 * i - 128);
      expect((await device.run(input)).output).toEqual(runProgram(program, input));
    });
  });

  it("names no file outside its own folder", () => {
    for (const file of ["Makefile", "CMakeLists.txt", "network.c", "network.h", "pinfer.json"]) {
      expect(readFileSync(join(exported, file), "utf8"), file).not.toMatch(/\.\.\/|\/(tmp|home|work|usr)\//);
    }
  });

  it("is built and run by pinfer from its path too", () => {
    const device = board.emulatorMachines.length > 0 ? "--virtual" : "--host-c";
    const input = ["--input", join(folder, "samples", "inputs.npy"), "--limit", "3"];
    const { stdout } = succeed(
      ...["compare", join(folder, "model.json"), device, "--firmware", exported, ...input],
    );
    expect(stdout).toContain("\n0 of 12 bytes differ\n");
  });
});
