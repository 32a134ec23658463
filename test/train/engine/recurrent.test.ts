import fc from "fast-check";
import { describe, it } from "vitest";
import { checks, expectSameBits, randomValues, seeds } from "./sameBits.js";

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 9 }),
  steps: fc.integer({ min: 1, max: 6 }),
  units: fc.integer({ min: 1, max: 21 }),
  isReversed: fc.boolean(),
  returnsAll: fc.boolean(),
});

/** Numbers that gates tell apart, some far out, one not a number. */
function sums(seed: number, length: number): Float32Array {
  const values = randomValues(seed, length).map((value) => value / 100);
  if (seed % 5 === 0) values[length >> 1] = Number.NaN;
  if (seed % 3 === 0) values[0] = seed % 2 === 0 ? Number.NEGATIVE_INFINITY : 900;
  return values;
}

describe("the engine's ways through time have the bits of the TypeScript ones, forth and back", () => {
  it("lstm", () => {
    fc.assert(
      fc.property(sizes, seeds, (size, seed) => {
        const { batch, steps, units, returnsAll } = size;
        const rows = batch * steps * units;
        expectSameBits((ops, place) => {
          const weights = place(sums(seed, 4 * units * units));
          const trace = {
            gates: place(sums(seed + 1, 4 * rows)),
            ...{ before: place(new Float32Array(rows)) },
            ...{ cells: place(new Float32Array(rows)), squashed: place(new Float32Array(rows)) },
          };
          const output = place(randomValues(seed + 2, returnsAll ? rows : batch * units));
          const outputGradient = place(randomValues(seed + 3, output.length));
          const gateGradients = place(randomValues(seed + 4, 4 * rows));
          ops.lstmForward(size, weights, trace, output);
          ops.lstmBackward(size, weights, trace, outputGradient, gateGradients);
          return [...Object.values(trace), output, gateGradients];
        });
      }),
      checks,
    );
  });

  it("gru", () => {
    fc.assert(
      fc.property(sizes, seeds, (size, seed) => {
        const { batch, steps, units, returnsAll } = size;
        const rows = batch * steps * units;
        expectSameBits((ops, place) => {
          const weights = place(sums(seed, 3 * units * units));
          const bias = place(sums(seed + 5, 3 * units));
          const trace = {
            gates: place(sums(seed + 1, 3 * rows)),
            ...{ before: place(new Float32Array(rows)), candidates: place(new Float32Array(rows)) },
          };
          const output = place(randomValues(seed + 2, returnsAll ? rows : batch * units));
          const outputGradient = place(randomValues(seed + 3, output.length));
          const gradients = [4, 6].map((more) => place(randomValues(seed + more, 3 * rows)));
          ops.gruForward(size, weights, bias, trace, output);
          ops.gruBackward(size, weights, trace, outputGradient, gradients[0], gradients[1]);
          return [...Object.values(trace), output, ...gradients];
        });
      }),
      checks,
    );
  });

  it("simpleRnn", () => {
    fc.assert(
      fc.property(sizes, seeds, (size, seed) => {
        const { batch, steps, units, returnsAll } = size;
        const rows = batch * steps * units;
        expectSameBits((ops, place) => {
          const weights = place(sums(seed, units * units));
          const trace = { gates: place(sums(seed + 1, rows)), before: place(new Float32Array(rows)) };
          const output = place(randomValues(seed + 2, returnsAll ? rows : batch * units));
          const outputGradient = place(randomValues(seed + 3, output.length));
          const gateGradients = place(randomValues(seed + 4, rows));
          ops.simpleRnnForward(size, weights, trace, output);
          ops.simpleRnnBackward(size, weights, trace, outputGradient, gateGradients);
          return [...Object.values(trace), output, gateGradients];
        });
      }),
      checks,
    );
  });
});
