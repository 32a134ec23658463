import { describe, expect, it } from "vitest";
import { type StatisticsBlock, statisticNames } from "../../src/network/signalBlocks.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { noiseOf, runBlock, signalNetwork } from "../support/signalNetwork.js";

const all = (steps: number, axes = 1, fractionBits = 0): StatisticsBlock => ({
  ...{ kind: "statistics", steps, axes, fractionBits },
  chosen: statisticNames,
});

/** RMS about the mean, skew, kurtosis − 3 and crest in float64, as scipy.stats defines the moments of a population. */
function momentsOf(
  samples: Int16Array,
): readonly [rms: number, skew: number, kurtosis: number, crest: number] {
  const n = samples.length;
  const mean = samples.reduce((sum, x) => sum + x, 0) / n;
  const moment = (power: number) => samples.reduce((sum, x) => sum + (x - mean) ** power, 0) / n;
  const rms = Math.sqrt(moment(2));
  const farthest = samples.reduce((most, x) => Math.max(most, Math.abs(x - mean)), 0);
  return [rms, moment(3) / rms ** 3, moment(4) / rms ** 4 - 3, farthest / rms];
}

/** Largest errors of the RMS, relative, and of skew and kurtosis, over 1 + their size: shared SIGNALS §4.1's table. */
const bounds = [
  { least: 1, most: 3, rms: 1.2e-2, skew: 3.2e-2, kurtosis: 1.1 },
  { least: 3, most: 10, rms: 1.2e-3, skew: 3.2e-3, kurtosis: 1.6e-2 },
  { least: 10, most: 100, rms: 3.5e-4, skew: 1.3e-3, kurtosis: 4.1e-3 },
  { least: 100, most: 8000, rms: 3.6e-5, skew: 9.6e-4, kurtosis: 3.8e-3 },
];

describe("statistics", () => {
  it("keeps what float64 gives within bounds, for small signals too", () => {
    for (const { least, most, ...bound } of bounds) {
      const worst = { rms: 0, skew: 0, kurtosis: 0, crest: 0 };
      for (let seed = 0; seed < 300; seed++) {
        const sd = least * (most / least) ** ((seed % 50) / 50);
        const steps = [16, 100, 255, 1024, 2048][seed % 5]!;
        const samples = noiseOf(steps, sd, seed);
        const [rms, skew, kurtosis, crest] = momentsOf(samples);
        // as many bits as an RMS of int16 has room for
        const fractionBits = Math.max(0, Math.min(8, Math.floor(Math.log2(32767 / rms))));
        const found = runBlock(all(steps, 1, fractionBits), samples);
        worst.rms = Math.max(worst.rms, Math.abs(found[4]! / 2 ** fractionBits - rms) / rms);
        worst.skew = Math.max(worst.skew, Math.abs(found[5]! / 1024 - skew) / (1 + Math.abs(skew)));
        worst.kurtosis = Math.max(
          worst.kurtosis,
          Math.abs(found[6]! / 256 - kurtosis) / (1 + Math.abs(kurtosis)),
        );
        worst.crest = Math.max(worst.crest, Math.abs(found[7]! / 256 - crest));
      }
      expect(worst.rms).toBeLessThan(bound.rms);
      expect(worst.skew).toBeLessThan(bound.skew);
      expect(worst.kurtosis).toBeLessThan(bound.kurtosis);
      expect(worst.crest).toBeLessThan(0.51 / 256);
    }
  });
  it("gives the same bytes in TypeScript and in the emitted C", () => {
    for (const block of [
      all(40, 3, 4),
      all(7),
      { ...all(33, 2), chosen: ["zeroCrossings", "max"] as const },
    ]) {
      const program = planProgram(signalNetwork(block));
      const count = block.steps * block.axes;
      const inputs = [0, 1, 2, 3].map((seed) => noiseOf(count, 5 ** (2 * seed), seed));
      inputs.push(
        new Int16Array(count),
        Int16Array.from({ length: count }, (_, i) => (i % 5 < 2 ? -32768 : 32767)),
      );
      expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    }
  });
});
