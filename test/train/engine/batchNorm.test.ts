import fc from "fast-check";
import { expect, it } from "vitest";
import { openEngine } from "../../../src/train/engine/openEngine.js";
import { typescriptOps } from "../../../src/train/ops/index.js";
import { checks, expectSameBits, randomValues, seeds } from "./sameBits.js";

const rowCounts = fc.integer({ min: 1, max: 150 });
const channelCounts = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32, 64));

it("the engine's statistics of channels have the bits of the TypeScript ones, in double", () => {
  fc.assert(
    fc.property(rowCounts, channelCounts, seeds, fc.boolean(), (rows, channels, seed, isRectified) => {
      const engine = openEngine("float32");
      const input = engine.createFloats("float32", rows * channels);
      const outputGradient = engine.createFloats("float32", rows * channels);
      input.set(randomValues(seed, rows * channels));
      outputGradient.set(randomValues(seed + 1, rows * channels));
      const [rounded, factor, offset] = [2, 3, 4].map((k) => randomValues(seed + k, channels));
      const rectified = isRectified ? { factor, offset } : undefined;
      const [found, expected] = [engine.ops, typescriptOps].map((ops) => {
        const results = Array.from({ length: 4 }, () => new Float64Array(channels));
        ops.channelStatistics(rows, channels, input, results[0], results[1]);
        const values = [rows, channels, input, rounded, outputGradient] as const;
        ops.channelGradientSums(...values, results[2], results[3], rectified);
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
    fc.property(rowCounts, channelCounts, seeds, fc.boolean(), (rows, channels, seed, isRectified) => {
      const [mean, factor, slope, offset] = [1, 2, 3, 4].map((k) => randomValues(seed + k, channels));
      expectSameBits((ops, place) => {
        const input = place(randomValues(seed, rows * channels));
        const outputGradient = place(randomValues(seed + 5, rows * channels));
        const [output, inputGradient] = [6, 7].map((k) => place(randomValues(seed + k, rows * channels)));
        const scale = { factor, offset };
        const rectified = isRectified ? scale : undefined;
        const values = [rows, channels, input, mean] as const;
        ops.normalizeChannels(...values, scale, output, isRectified);
        const backScale = { factor, offset: slope };
        ops.normalizeChannelsBackward(...values, outputGradient, backScale, slope, inputGradient, rectified);
        return [output, inputGradient];
      });
    }),
    checks,
  );
});
