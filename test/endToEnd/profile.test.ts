import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { ModelledCycles } from "../../src/profile/collectCycles.js";
import type { ProfileReport } from "../../src/profile/profileDevice.js";
import { pinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { succeed, trainCorners } from "./projects.js";

const folder = temporaryDirectory();
const model = join(folder, "model.json");
const firmware = join(folder, "small");

beforeAll(() => {
  trainCorners(folder);
  succeed("export-firmware", model, "--optimize", "size", "-o", firmware);
});

function profile(...more: string[]): ProfileReport {
  return JSON.parse(succeed("profile", model, "--virtual", "--json", ...more).stdout);
}

it("profile counts every layer's instructions, the same in every run", () => {
  const found = profile();
  expect(found).toMatchObject({
    ...{ optimize: "speed", samples: 1, unit: "instructions", coreHz: null, macs: 12 * 16 + 16 * 4 },
    layers: [
      { name: "dense_1", kind: "fullyConnected", outputShape: [16], macs: 192 },
      { name: "dense_2", kind: "fullyConnected", outputShape: [4], macs: 64 },
      { name: "softmax_1", kind: "softmax", macs: 0, ticksPerMac: null },
    ],
  });
  for (const { macs, ticks, ticksPerMac, share } of found.layers) {
    expect(ticks.min).toBeGreaterThan(macs);
    expect(ticksPerMac).toBe(macs === 0 ? null : ticks.mean / macs);
    expect(share).toBe(ticks.mean / found.layerTicks);
  }
  // choosing a layer takes some twenty instructions, and a whole run needs none of them
  const choosing = found.layerTicks - found.run.mean;
  expect(choosing).toBeGreaterThan(0);
  expect(choosing).toBeLessThan(30 * found.layers.length);
  expect(profile()).toEqual(found);
});

it.skipIf(process.platform !== "linux")(
  "profile models the cycles of the same instructions on a Cortex-M4",
  () => {
    const { layers, run, modelledCycles } = profile("--firmware", firmware);
    expect(modelledCycles).toMatchObject({ core: "Cortex-M4F", run: { unit: "cycles" } });
    const whole = modelledCycles as ModelledCycles;
    for (const [cycles, ticks] of [
      ...layers.map((layer) => [layer.modelledCycles!, layer.ticks]),
      [whole.run, run],
    ]) {
      expect(cycles!.mean / ticks!.mean).toBeGreaterThan(1);
      expect(cycles!.mean / ticks!.mean).toBeLessThan(2.5);
    }
    expect(whole.layerCycles).toBe(layers.reduce((sum, layer) => sum + layer.modelledCycles!.mean, 0));
  },
);

it("profile says why there are no cycles of a core whose pipeline is not modelled", () => {
  const { modelledCycles, layers } = profile("--board", "mps2-an385");
  expect(modelledCycles).toEqual({
    missing: "there is no model of a Cortex-M3's pipeline; of Cortex-M4 and Cortex-M4F there is one",
  });
  expect(layers.filter((layer) => "modelledCycles" in layer)).toEqual([]);
});

it("profile takes samples, and tells what an exported firmware was made for", () => {
  const found = profile(
    "--firmware",
    firmware,
    "--input",
    join(folder, "samples/inputs.npy"),
    "--limit",
    "5",
  );
  expect(found).toMatchObject({ optimize: "size", samples: 5 });
  // softmax takes longer where more classes are far below the largest
  const { min, mean, max } = found.run;
  expect(min).toBeLessThanOrEqual(mean);
  expect(max).toBeGreaterThanOrEqual(mean);
});

it("profile prints a table", () => {
  const { stdout } = succeed("profile", model, "--virtual", "--firmware", firmware);
  expect(stdout).toMatch(
    /^"corners" \([0-9a-f]{8}\) for size on cortex-m4: olimex-stm32-h405, QEMU \S+\n\nlayer +kind +output +MACs +instructions +share +per MAC +modelled cycles/,
  );
  expect(stdout).toMatch(
    /\ntotal +256 +[\d ]+ +100\.0 % +\d+\.\d\d +[\d ]+ +\d+\.\d\d\n\ninstructions of a whole run: [\d ]+; one sample\nmodelled cycles of a whole run: [\d ]+; Cortex-M4F,/,
  );
});

it.each([
  [
    ["--host-c"],
    'error: board "host" counts neither cycles nor instructions\n' +
      "hint: profile on an emulated board (--virtual) or on one with a cycle counter (--port)\n",
  ],
  [
    ["--virtual", "--firmware", firmware, "--optimize", "ram"],
    `error: --optimize ram says how to export the model, and ${firmware} is exported already\n` +
      "hint: leave out --optimize, or leave out --firmware\n",
  ],
])("profile %s says what is wrong", (programArguments, message) => {
  expect(pinfer(["profile", model, ...programArguments])).toMatchObject({ code: 1, stderr: message });
});
