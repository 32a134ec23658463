import fc from "fast-check";
import { expect, it } from "vitest";
import { openEngine } from "../../../src/train/engine/openEngine.js";
import { typescriptOps } from "../../../src/train/ops/index.js";
import { checks, expectSameBits, randomValues, seeds } from "./sameBits.js";

const rowCounts = fc.integer({ min: 1, max: 70 });
const channelCounts = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32, 64));

it("the engine's statistics of channels have the bits of the TypeScript ones, in double", () => {
  fc.assert(
    fc.property(rowCounts, channelCounts, seeds, (rows, channels, seed) => {
      const engine = openEngine("float32");
      const input = engine.createFloats("float32", rows * channels);
      const outputGradient = engine.createFloats("float32", rows * channels);
      input.set(randomValues(seed, rows * channels));
      outputGradient.set(randomValues(seed + 1, rows * channels));
      const rounded = randomValues(seed + 2, channels);
      const [found, expected] = [engine.ops, typescriptOps].map((ops) => {
        const results = Array.from({ length: 4 }, () => new Float64Array(channels));
        ops.channelStatistics(rows, channels, input, results[0], results[1]);
        ops.channelGradientSums(rows, channels, input, rounded, outputGradient, results[2], results[3]);
        return results;
      });
      engine.close();
      expect(found).toEqual(expected);
    }),
    checks,
  );
});

it("the engine's normalization of channels has the bits of the TypeScript one", () => {
  fc.assert(
    fc.property(rowCounts, channelCounts, seeds, (rows, channels, seed) => {
      const [mean, factor, slope, offset] = [1, 2, 3, 4].map((k) => randomValues(seed + k, channels));
      expectSameBits((ops, place) => {
        const input = place(randomValues(seed, rows * channels));
        const outputGradient = place(randomValues(seed + 5, rows * channels));
        const [output, inputGradient] = [6, 7].map((k) => place(randomValues(seed + k, rows * channels)));
        ops.normalizeChannels(rows, channels, input, mean, factor, offset, output);
        ops.normalizeChannelsBackward(
          rows,
          channels,
          input,
          mean,
          outputGradient,
          factor,
          slope,
          offset,
          inputGradient,
        );
        return [output, inputGradient];
      });
    }),
    checks,
  );
});
