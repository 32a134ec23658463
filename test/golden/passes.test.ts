import { describe, expect, it } from "vitest";
import type { QuantizedLayer, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { applyPasses } from "../../src/passes/applyPasses.js";
import { removeConstantChannels } from "../../src/passes/constantChannels.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { firstDifference } from "../support/firstDifference.js";
import { goldenModels, goldenVectorsAreMissing, hasGoldenVectors, readGoldenModel } from "./models.js";

/** Arena with scratch, and what no plan undercuts. CMSIS-NN with an offline plan takes 16 000, 49 800, 55 300, 900, 7 900. */
const arenas = {
  kws: { speed: 8908, size: 8512, ram: 8512, bound: 8164 },
  ic: { speed: 33_584, size: 33_584, ram: 33_584, bound: 33_584 },
  vww: { speed: 46_468, size: 39_316, ram: 36_896, bound: 36_880 },
  ad: { speed: 768, size: 768, ram: 768, bound: 768 },
  sww: { speed: 3920, size: 3920, ram: 3920, bound: 3664 },
} as const;

function pointwiseChannels({ layers }: QuantizedNetwork): number {
  const isPointwise = (layer: QuantizedLayer) =>
    layer.kind === "convolution" && layer.kernelSize[0] === 1 && layer.kernelSize[1] === 1;
  return layers
    .filter(isPointwise)
    .reduce((sum, layer) => sum + ("bias" in layer ? layer.bias.length : 0), 0);
}

describe.skipIf(!hasGoldenVectors)(
  hasGoldenVectors
    ? "passes and arenas of the networks of MLPerf Tiny"
    : `passes (${goldenVectorsAreMissing})`,
  () => {
    it("takes out 979 of the 1488 pointwise channels of vww, of which 971 have no weights", () => {
      const { network } = readGoldenModel("vww");
      const { network: after, reports } = applyPasses(network);
      expect([pointwiseChannels(network), pointwiseChannels(after)]).toEqual([1488, 509]);
      const [first, last] = [reports[0].before, reports[reports.length - 1].after];
      expect(first).toEqual({ layers: 30, channels: 2738, macs: 7_489_664, weightBytes: 219_064 });
      expect(last).toEqual({ layers: 30, channels: 1014, macs: 3_727_313, weightBytes: 33_122 });
    });

    it("leaves vww's other channels with TFLM's bytes, in every layer of every dump", () => {
      const model = readGoldenModel("vww");
      const { network, kept } = removeConstantChannels(model.network);
      const program = planProgram(network, { passes: false });
      const keptByName = new Map(network.tensors.map(({ name }, i) => [name, kept[i]]));
      const channelsOf = new Map(
        model.network.tensors.map(({ name, shape }) => [name, shape.at(-1) as number]),
      );
      let narrowed = 0;
      for (const { vector, outputs } of model.dumps) {
        runProgram(program, model.inputs[vector], ({ output }, found) => {
          const operator = model.origins.find(({ layer }) => layer === output.name)?.operator as number;
          const [channels, left] = [channelsOf.get(output.name) as number, keptByName.get(output.name)];
          const isLeft = new Set(left);
          const golden = outputs[operator].filter((_, i) => isLeft.has(i % channels));
          expect([output.name, firstDifference(found, golden)]).toEqual([output.name, null]);
          if (isLeft.size < channels) narrowed++;
        });
      }
      expect(narrowed).toBe(18 * model.dumps.length);
    });

    it.each(goldenModels)("%s: its arena in each mode, and what no plan can undercut", (id) => {
      const { network } = readGoldenModel(id);
      const plans = optimizeModes.map((optimize) => planProgram(network, { optimize }));
      const found = Object.fromEntries(plans.map(({ optimize, arenaBytes }) => [optimize, arenaBytes]));
      const { bound, ...expected } = arenas[id];
      expect(found).toEqual(expected);
      expect(plans.map(({ arenaLowerBoundBytes }) => arenaLowerBoundBytes)).toEqual([bound, bound, bound]);
    });
  },
);
