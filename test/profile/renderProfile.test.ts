import { describe, expect, it } from "vitest";
import type { ProfileReport } from "../../src/profile/profileDevice.js";
import { renderProfile } from "../../src/profile/renderProfile.js";

const ticks = (mean: number, spread = 0) => ({
  unit: "cycles",
  ...{ min: mean - spread, mean, max: mean + spread },
});

const profile: ProfileReport = {
  model: { name: "lights", hash: "3f9a1c52".padEnd(64, "0") },
  device: { board: "olimex-stm32-h405", description: "serial port" },
  optimize: "size",
  target: "cortex-m4",
  samples: 3,
  unit: "cycles",
  coreHz: 168_000_000,
  layers: [
    {
      ...{ layer: 0, name: "conv2d_1", kind: "convolution", kernel: "convolution" },
      ...{
        outputShape: [8, 8, 4],
        macs: 9216,
        ticks: ticks(30_000),
        share: 0.75,
        ticksPerMac: 30_000 / 9216,
      },
    },
    {
      ...{ layer: 1, name: "add_1", kind: "add", kernel: "addTable" },
      ...{ outputShape: [8, 8, 4], macs: 0, ticks: ticks(10_000, 20), share: 0.25, ticksPerMac: null },
    },
  ],
  run: ticks(39_970, 20),
  layerTicks: 40_000,
  macs: 9216,
};

describe("renderProfile", () => {
  it("has a row for each layer, their sum, and what a whole run takes", () => {
    expect(renderProfile(profile)).toMatchInlineSnapshot(`
      ""lights" (3f9a1c52) for size on cortex-m4: olimex-stm32-h405, serial port

      layer     kind         output      MACs  cycles    share  per MAC  kernel
      conv2d_1  convolution  [8, 8, 4]  9 216  30 000   75.0 %     3.26  convolution
      add_1     add          [8, 8, 4]      0  10 000   25.0 %           addTable
      total                             9 216  40 000  100.0 %     4.34

      cycles of a whole run: 39 970, from 39 950 to 39 990: 0.238 ms at 168 MHz; mean of 3 samples"
    `);
  });

  it("has modelled cycles beside instructions, and what is not in them", () => {
    const flash = { waitStates: 5, clockHz: 168_000_000, hiddenBy: "the accelerator" };
    const emulated = {
      ...{ ...profile, unit: "instructions", coreHz: null, samples: 1, run: ticks(39_970) },
      layers: profile.layers.map((layer) => ({ ...layer, modelledCycles: ticks(50_000) })),
      modelledCycles: { core: "Cortex-M4", run: ticks(99_900, 10), layerCycles: 100_000, flash },
    };
    expect(renderProfile(emulated).split("\n").slice(2)).toEqual([
      "layer     kind         output      MACs  instructions    share  per MAC  modelled cycles  per MAC  kernel",
      "conv2d_1  convolution  [8, 8, 4]  9 216        30 000   75.0 %     3.26           50 000     5.43  convolution",
      "add_1     add          [8, 8, 4]      0        10 000   25.0 %                    50 000           addTable",
      "total                             9 216        40 000  100.0 %     4.34          100 000    10.85",
      "",
      "instructions of a whole run: 39 970; one sample",
      "modelled cycles of a whole run: 99 900, from 99 890 to 99 910; Cortex-M4, memory without waiting",
      "not in them: 5 wait states of flash at 168 MHz, in part hidden by the accelerator",
    ]);
    const missing = { ...emulated, modelledCycles: { missing: "gcc is not installed" } };
    expect(renderProfile(missing).split("\n").at(-1)).toBe("modelled cycles: none, for gcc is not installed");
  });

  it("gives no time for instructions, and no spread where there is none", () => {
    const emulated = { ...profile, unit: "instructions", coreHz: null, samples: 1, run: ticks(39_970) };
    expect(renderProfile(emulated).split("\n").at(-1)).toBe(
      "instructions of a whole run: 39 970; one sample",
    );
  });
});
