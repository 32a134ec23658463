import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { pinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { emulatorPath, withPath } from "../support/emulator.js";
import { streetLight, succeed } from "./projects.js";

const folder = temporaryDirectory();
const model = join(folder, "light.json");
const iot = findBoard("b-l475e-iot01a");

/** PC0, PC1, PC2, in binary with PC0 lowest: walk follows the middle lamp. */
const walks = [0, 0, 1, 1, 0, 0, 1, 1];

interface Report {
  readonly board: string;
  readonly through: string;
  readonly wrong: number;
  readonly trials: readonly {
    readonly inputs: number[];
    readonly predicted: number[];
    readonly found: number[];
  }[];
}

beforeAll(() => {
  succeed("train", streetLight, "-o", model);
});

describe("the street light as firmware of its own", () => {
  it("carries its pins in the model", () => {
    expect(readModel(model).pins).toMatchObject({ outputs: [{ pin: "LED", threshold: 0.5 }], timing: "PB1" });
  });

  const iotPath = emulatorPath(iot);
  it.skipIf(iotPath === undefined)(
    "shows walk for 4 of 8 lamps on emulated pins, driven and read from outside",
    async () => {
      const run = () => succeed("pins", model, "--virtual", "--board", iot.id, "--json");
      const report: Report = JSON.parse((await withPath(iotPath!, run)).stdout);
      expect(report).toMatchObject({ board: iot.id, through: "emulated pins", wrong: 0 });
      expect(report.trials.map(({ inputs }) => inputs[0]! + 2 * inputs[1]! + 4 * inputs[2]!)).toEqual([
        ...walks.keys(),
      ]);
      expect(report.trials.map(({ found }) => found)).toEqual(walks.map((walk) => [walk]));
    },
  );

  it("does so on a Pico of the user's own, with a middle lamp whose brightness the ADC reads", () => {
    const board = join(folder, "my-pico");
    cpSync(join(firmwareDirectory, "boards", "pico"), board, { recursive: true });
    const wiring = join(board, "wiring.h");
    writeFileSync(wiring, readFileSync(wiring, "utf8").replace('"pico"', '"my-pico"'));
    const pico = join(folder, "pico.json");
    const inputs = [{ pin: "GP14", pull: "down" }, { pin: "GP26", analog: [0, 1] }, { pin: "GP16" }] as const;
    const outputs = [{ pin: "LED", threshold: 0.5 }];
    writeModel(pico, { ...readModel(model), pins: { inputs, outputs, timing: "GP17", everyMs: 1 } });
    const report: Report = JSON.parse(succeed("pins", pico, "--virtual", "--board", board, "--json").stdout);
    expect(report).toMatchObject({ board: "my-pico", through: "emulated pins", wrong: 0 });
    const lit = report.trials.map(({ inputs: [, brightness], found }) => [
      brightness! > 2047,
      found[0] === 1,
    ]);
    expect(lit).toHaveLength(2 * 5 * 2);
    for (const [isBright, isLit] of lit) expect(isLit).toBe(isBright);
  });

  it("does so on a Cortex-M4 whose pins are set over the link, with a LED that a low level lights", () => {
    const report: Report = JSON.parse(succeed("pins", model, "--virtual", "--json").stdout);
    expect(report).toMatchObject({ board: "olimex-stm32-h405", through: "link", wrong: 0 });
    expect(report.trials.map(({ found }) => found)).toEqual(walks.map((walk) => [1 - walk]));
  });

  it("does so on this computer, as a table", () => {
    const { stdout } = succeed("pins", model, "--host-c");
    expect(stdout).toContain("PC0  PC1  PC2  →  PA5  host");
    expect(stdout).toContain("  0    1    0       1     1\n");
    expect(stdout).toContain("host: 8 of 8 combinations right, pins set and read over the link\n");
  });

  it("is exported with its pins or without them", () => {
    const exported = succeed(
      "export-firmware",
      model,
      "--board",
      "nucleo-f446re",
      "-o",
      join(folder, "with"),
    );
    expect(exported.stdout).toContain(
      "pins: PC0, PC1, PC2 in; PA5 out; PB1 high during inference; every 10 ms\n",
    );
    succeed("build", join(folder, "with"));
    const bare = succeed("export-firmware", model, "--no-pins", "-o", join(folder, "without"));
    expect(bare.stdout).not.toContain("pins:");
  });

  it("gives the host's bytes over the link while it watches its pins", async () => {
    succeed("export-firmware", model, "-o", join(folder, "olimex"));
    const { elf } = JSON.parse(succeed("build", join(folder, "olimex"), "--json").stdout) as { elf: string };
    const virtual = await startVirtualBoard({ elf, board: findBoard("olimex-stm32-h405") });
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
    try {
      const ticks = new Set<number>();
      for (let i = 0; i < 50; i++) ticks.add((await device.run(Int8Array.of(-128, 127, -128))).ticks);
      expect([...ticks]).toHaveLength(1); // no interrupt of the clock falls into a run
      expect((await device.readPins()).rounds).toBeGreaterThan(0);
      expect(await device.hello()).toMatchObject({ receiveOverruns: 0, brokenFrames: 0 });
      const shown = pinfer(["pins", "--port", virtual.portPath]);
      expect(shown.code).toBe(1); // the port is ours now
      expect(shown.stderr).toContain(`port ${virtual.portPath} is in use by another program`);
    } finally {
      await device.close();
    }
    const set = succeed("pins", "--port", virtual.portPath, "--set", "PC1=1");
    expect(set.stdout).toMatch(/^PC1 +digital +input 1 +1 .*set by the host$/m);
    expect(set.stdout).toMatch(/^PC12 +threshold +output 0 +\d/m);
    expect(set.stdout).toMatch(/round \d+, \d+ ticks, every 10 ms; PB1 is high during inference/);
    const { pins } = JSON.parse(succeed("pins", "--port", virtual.portPath, "--json").stdout);
    expect(pins[3]).toMatchObject({ pin: "PC12", direction: "out", isActiveLow: true, level: 0, reading: 1 });
    await virtual.stop();
  });
});

describe("what cannot be tried", () => {
  it("is a model without pins", () => {
    const plain = join(folder, "plain.json");
    writeModel(plain, { ...readModel(model), pins: undefined });
    const { code, stderr } = pinfer(["pins", plain, "--host-c"]);
    expect([code, stderr]).toEqual([
      1,
      `error: ${plain} has no pins\n` +
        "hint: give the experiment `pins: { inputs: [ … ], outputs: [ … ] }` and train it again\n",
    ]);
  });

  it("is a recording, where the pins have no windows", () => {
    const { code, stderr } = pinfer(["pins", model, "--host-c", "--input", "x.csv"]);
    expect([code, stderr]).toEqual([
      1,
      `error: --input brings a recording to pins with windows; the pin map of ${model} has none\n` +
        "hint: leave it out: every combination of inputs is tried\n",
    ]);
  });

  it("is a pin map that does not fit the board", () => {
    const other = join(folder, "other.json");
    const pins: PinMap = {
      inputs: ["PC0", "PC1", "PE9"].map((pin) => ({ pin })),
      outputs: [{ pin: "LED", class: 0 }],
    };
    writeModel(other, { ...readModel(model), pins });
    const { code, stderr } = pinfer(["export-firmware", other, "-o", join(folder, "other")]);
    expect([code, stderr]).toEqual([
      1,
      'error: pins.inputs[2]: board "olimex-stm32-h405" has no pin PE9\nhint: `pinfer boards` lists its pins\n',
    ]);
  });
});
