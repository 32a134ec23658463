import { describe, expect, it } from "vitest";
import type { QuantizedLayer, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { applyPasses } from "../../src/passes/applyPasses.js";
import { removeConstantChannels } from "../../src/passes/constantChannels.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { firstDifference } from "../support/firstDifference.js";
import { goldenModels, goldenVectorsAreMissing, hasGoldenVectors, readGoldenModel } from "./models.js";

/** Arena and scratch at most, planned for RAM: what CMSIS-NN takes with an offline plan, or little more. */
const ramBars = { kws: 16_000, ic: 49_800, vww: 55_300, ad: 900, sww: 7_900 } as const;

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

    it.each(goldenModels)("%s: its arena fits the bar, and is close to what no plan can undercut", (id) => {
      const { network } = readGoldenModel(id);
      for (const optimize of optimizeModes) {
        const { arenaBytes, arenaLowerBoundBytes } = planProgram(network, { optimize });
        expect(arenaBytes).toBeLessThanOrEqual(1.1 * arenaLowerBoundBytes);
        if (optimize === "ram") expect(arenaBytes).toBeLessThanOrEqual(ramBars[id]);
      }
    });
  },
);
