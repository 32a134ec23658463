import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelRanges, isConstant } from "../../src/passes/channelRanges.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { runReference } from "../support/referenceNetwork.js";

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

describe("ranges of channels", () => {
  it("hold every value that a random network's channels take", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(undefined, -128, 127), (seed, fill) => {
        const network = randomPlantedNetwork(seed, { layers: 5 });
        const input = randomInput(network, seed);
        const values = runReference(network, fill === undefined ? input : input.fill(fill));
        for (const [tensor, ranges] of channelRanges(network).entries()) {
          const outside = (values[tensor] as Int8Array).filter((value, i) => {
            const { min, max } = ranges[i % ranges.length];
            return value < min || value > max;
          });
          expect(outside).toHaveLength(0);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("are narrow: of channels that take one value only, most of them are known", () => {
    let [constant, known] = [0, 0];
    for (let seed = 0; seed < 60; seed++) {
      const network = randomPlantedNetwork(seed, { layers: 4 });
      const runs = Array.from({ length: 6 }, (_, run) => runReference(network, randomInput(network, run)));
      for (const [tensor, ranges] of channelRanges(network).entries()) {
        for (const [channel, range] of ranges.entries()) {
          const seen = runs.flatMap((values) =>
            Array.from(values[tensor] as Int8Array).filter((_, i) => i % ranges.length === channel),
          );
          if (new Set(seen).size === 1) constant++;
          if (isConstant(range)) known++;
        }
      }
    }
    expect(known).toBeLessThanOrEqual(constant);
    expect(known).toBeGreaterThan(0.6 * constant);
  });
});
