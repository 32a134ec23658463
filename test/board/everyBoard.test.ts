import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFirmware } from "../../codegen/writeFirmware.js";
import { boards, findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";
import { describeDevice } from "../link/describeDevice.js";
import { emulatorPath, withPath } from "../support/emulator.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";

const directory = temporaryDirectory();
const chips = boards.filter((board) => board.flashBytes > 0);
/** They have the code of others around the network, at the same clock; golden.test runs a network on each. */
const sameFirmware = ["olimex-stm32-h405", "mps2-an385", "mps2-an386", "mps2-an500"];

describe.each(chips.filter(({ emulator }) => emulator !== "qemu-system-riscv32").map((board) => board.id))(
  "%s",
  (id) => {
    const board = findBoard(id);

    it("compiles without a warning, in 5 KB of flash and 4 KB of RAM with the stack", async () => {
      const { sizes } = await compileNetwork(id, "exampleNetwork", join(directory, id));
      expect(sizes!.flashBytes).toBeLessThanOrEqual(5 * 1024);
      expect(sizes!.staticRamBytes + sizes!.stackBytes).toBeLessThanOrEqual(4096);
      expect(sizes!.stackBytes).toBe(board.stackBytes);
    });
  },
);

/** Convolutions, pools, tables and sums: kernels of every shape of arithmetic. */
const network = randomPlantedNetwork(3);

describe("a convolutional network", () => {
  const build = async (id: string) => {
    const folder = join(directory, `network-${id}`);
    await writeFirmware(network, findBoard(id), folder);
    return buildFolder(folder);
  };

  it("compiles for a core without long multiplication, divisions and unaligned loads", async () => {
    const { image } = await build("nucleo-g0b1re");
    expect(image.sizes!.flashBytes).toBeGreaterThan(4096);
  });

  it("gives the host's bytes on an emulated Cortex-M3 with 8 KB of RAM", async () => {
    const { image, board } = await build("stm32vldiscovery");
    const virtual = await startVirtualBoard({ elf: image.elf, board });
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    try {
      const program = planProgram(network);
      for (let seed = 0; seed < 5; seed++) {
        const input = randomInput(network, seed);
        expect((await device.run(input)).output).toEqual(runProgram(program, input));
      }
      expect(await device.hello()).toMatchObject({
        boardId: board.id,
        counterKind: "none",
        receiveOverruns: 0,
      });
    } finally {
      await device.close();
      await virtual.stop();
    }
  });
});

describe("the count of an inference's instructions", () => {
  const firmware = join(directory, "counted");
  /** Of the same run again and again, after sleeps of whatever length. */
  const count = async (id: string): Promise<readonly number[]> => {
    const board = findBoard(id);
    await writeFirmware(network, board, `${firmware}-${id}`);
    const { image } = await buildFolder(`${firmware}-${id}`);
    const virtual = await startVirtualBoard({ elf: image.elf, board });
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    try {
      const ticks: (number | undefined)[] = [];
      for (let run = 0; run < 30; run++) ticks.push((await device.run(randomInput(network, 1))).ticks);
      return [...new Set(ticks.map(Number))];
    } finally {
      await device.close();
      await virtual.stop();
    }
  };
  /** Each has a timer of its own kind or clock. */
  const coarse = boards.filter(
    ({ id, nanosecondsPerInstruction }) => nanosecondsPerInstruction > 1 && !sameFirmware.includes(id),
  );

  it.each(coarse.map(({ id }) => id))(
    "is exact on %s, whose timer is coarser than an instruction",
    async (id) => {
      const counts = await count(id);
      expect(counts).toHaveLength(1);
      expect(counts[0]).toBeGreaterThan(1000);
    },
  );

  it("is the same on any Cortex-M4", async () => {
    expect(await count("mps2-an386")).toEqual(await count("olimex-stm32-h405"));
  });
});

describe("a program that is not right", () => {
  const accident = Int8Array.from({ length: fixture.inputBytes }, (_, i) => [1, 2][i] ?? 0);
  const complaints: readonly (readonly [string, RegExp, RegExp])[] = [
    ["microbit", /stopped with a hard fault at pc 0x0000/, /^arm-none-eabi-addr2line /],
    [
      "mps2-an505",
      /stopped with a usage fault \(undefined instruction\) at pc 0x1000/,
      /^arm-none-eabi-addr2line /,
    ],
    ["riscv32-virt", /stopped with a breakpoint at pc 0x8000/, /^riscv64-unknown-elf-addr2line /],
  ];

  it.each(complaints.filter(([id]) => emulatorPath(findBoard(id)) !== undefined))(
    "is reported by %s, which works again then",
    async (id, message, hint) => {
      const flags = ["-DFIXTURE_FAULTS"];
      const { elf } = await compileNetwork(id, "fixture", join(directory, `faulty-${id}`), { flags });
      const virtual = await startVirtualBoard({ elf, board: findBoard(id) });
      const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf });
      try {
        const failed = device.run(accident);
        await expect(failed).rejects.toThrow(message);
        await expect(failed).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
        expect((await device.run(everyByteInput())).output).toEqual(fixture.run(everyByteInput()));
      } finally {
        await device.close();
        await virtual.stop();
      }
    },
  );
});

for (const board of chips.filter(
  ({ id, emulatorMachines }) => !sameFirmware.includes(id) && emulatorMachines.length > 0,
)) {
  const path = emulatorPath(board);
  if (path === undefined) continue;
  describeDevice(`emulated ${board.id}`, async () => {
    const { elf } = await compileNetwork(board.id, "fixture", join(directory, `fixture-${board.id}`));
    const virtual = await withPath(path, () => startVirtualBoard({ elf, board }));
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf });
    return { device, boardId: board.id, stop: virtual.stop };
  });
}
