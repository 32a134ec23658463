import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openEngine } from "../../../src/train/engine/openEngine.js";
import { typescriptOps } from "../../../src/train/ops/index.js";
import { checks, expectSameBits, randomValues, seeds } from "./sameBits.js";

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 21 }),
  inFeatures: fc.integer({ min: 1, max: 70 }),
  outFeatures: fc.integer({ min: 1, max: 45 }),
});

/** Large enough for the kernels that skip zeros. */
const roundSizes = fc
  .record({
    batch: fc.integer({ min: 1, max: 21 }),
    inFeatures: fc.integer({ min: 8, max: 40 }),
    outFeatures: fc.integer({ min: 8, max: 20 }),
  })
  .map(({ batch, inFeatures, outFeatures }) => ({
    batch,
    inFeatures: 4 * inFeatures,
    outFeatures: 4 * outFeatures,
  }));

const zeroShares = fc.constantFrom(0, 0.3, 0.6, 0.9, 1);

describe("the engine's fully connected products have the bits of the TypeScript ones", () => {
  it("forward, with and without bias", () => {
    fc.assert(
      fc.property(
        fc.oneof(sizes, roundSizes),
        zeroShares,
        fc.boolean(),
        seeds,
        (size, zeros, hasBias, seed) => {
          const { batch, inFeatures, outFeatures } = size;
          const input = randomValues(seed, batch * inFeatures, zeros);
          const weights = randomValues(seed + 1, outFeatures * inFeatures);
          const bias = hasBias ? randomValues(seed + 2, outFeatures) : undefined;
          expectSameBits((ops, place) => {
            const output = place(randomValues(seed + 3, batch * outFeatures));
            ops.affineForward(size, place(input), place(weights), bias && place(bias), output);
            return [output];
          });
        },
      ),
      checks,
    );
  });

  it("the weights' gradient, added to what is there", () => {
    fc.assert(
      fc.property(
        fc.oneof(sizes, roundSizes),
        zeroShares,
        fc.boolean(),
        seeds,
        (size, zeros, isFresh, seed) => {
          const { batch, inFeatures, outFeatures } = size;
          const input = randomValues(seed, batch * inFeatures, zeros);
          const outputGradient = randomValues(seed + 1, batch * outFeatures, 0.3);
          const before = isFresh
            ? new Float32Array(outFeatures * inFeatures)
            : randomValues(seed + 2, outFeatures * inFeatures, 0);
          expectSameBits((ops, place) => {
            const weightGradient = place(before);
            ops.affineWeightGradient(size, place(input), place(outputGradient), weightGradient);
            return [weightGradient];
          });
        },
      ),
      checks,
    );
  });

  it("the input's gradient", () => {
    fc.assert(
      fc.property(sizes, seeds, (size, seed) => {
        const { batch, inFeatures, outFeatures } = size;
        const outputGradient = randomValues(seed, batch * outFeatures, 0.3);
        const weights = randomValues(seed + 1, outFeatures * inFeatures);
        expectSameBits((ops, place) => {
          const inputGradient = place(randomValues(seed + 2, batch * inFeatures));
          ops.affineInputGradient(size, place(outputGradient), place(weights), inputGradient);
          return [inputGradient];
        });
      }),
      checks,
    );
  });

  it("column sums, added to what is there", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        seeds,
        (rows, columns, seed) => {
          expectSameBits((ops, place) => {
            const sums = place(randomValues(seed, columns, 0));
            ops.addColumnSums(rows, columns, place(randomValues(seed + 1, rows * columns)), sums);
            return [sums];
          });
        },
      ),
      checks,
    );
  });
});

describe("where zeros are skipped", () => {
  const size = { batch: 2, inFeatures: 64, outFeatures: 64 };

  it("weights that are not finite do not show: 0 · ∞ is left out, as in TypeScript", () => {
    const input = new Float32Array(128);
    input[5] = 1;
    const weights = new Float32Array(64 * 64).fill(Number.POSITIVE_INFINITY);
    for (let o = 0; o < 64; o++) weights[o * 64 + 5] = o;
    expectSameBits((ops, place) => {
      const output = place(new Float32Array(128));
      ops.affineForward(size, place(input), place(weights), undefined, output);
      expect(output.subarray(0, 3)).toEqual(Float32Array.of(0, 1, 2));
      return [output];
    });
  });
});

it("arrays that are not in the engine's memory are served all the same", () => {
  const engine = openEngine("float32");
  const size = { batch: 4, inFeatures: 32, outFeatures: 8 };
  const [input, weights] = [randomValues(1, 128), randomValues(2, 256)];
  const [output, expected] = [new Float32Array(32), new Float32Array(32)];
  engine.ops.affineForward(size, input, weights, undefined, output);
  typescriptOps.affineForward(size, input, weights, undefined, expected);
  expect(output).toEqual(expected);
  engine.close();
});
