import { describe, expect, it } from "vitest";
import { statisticNames } from "../../src/network/signalBlocks.js";
import { planProgram } from "../../src/plan/planProgram.js";
import {
  createBiquads,
  createDecimate,
  createSpectrum,
  createStatistics,
} from "../../src/signal/signalOptions.js";
import { noiseOf, signalNetwork } from "../support/signalNetwork.js";
import { type Embedded, expectedOf, filesOf, mainOf } from "./networks.js";
import { runOn, targets } from "./targets.js";

const shape = [64, 2];
const blocks = [
  createStatistics("s", shape, statisticNames, { fractionBits: 3 }),
  createSpectrum("s", shape, { length: 16, bands: 4, combine: "mean" }),
  createBiquads("s", shape, { type: "lowPass", cutoff: 0.05 }),
  createDecimate("s", shape, 3, {}),
];

describe.each([targets.arm, targets.avr])("signal blocks for $name", (target) => {
  const reason = target.missing === undefined ? "" : ` (${target.missing})`;

  it.skipIf(target.missing !== undefined)(
    `give the host's bytes, also where int has 16 bits${reason}`,
    () => {
      for (const block of blocks) {
        const embedded: Embedded = {
          name: block.kind,
          program: planProgram(signalNetwork(block)),
          inputs: [1, 2, 3].map((seed) => noiseOf(128, 12 ** seed, seed)),
        };
        const expected = expectedOf(embedded);
        expect(new Set(expected).size).toBeGreaterThan(5);
        const files = { ...filesOf(embedded), "main.cpp": mainOf([embedded]) };
        expect(runOn(target, files, { cFlags: ["-std=c99", "-O2", "-Wconversion", "-Wshadow"] })).toEqual(
          expected,
        );
      }
    },
  );
});
