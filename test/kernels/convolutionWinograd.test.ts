import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { elementCount } from "../../src/base/tensor.js";
import type { QuantizedConvolution, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planConvolution } from "../../src/plan/planConvolution.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { findTarget } from "../../src/program/target.js";
import { context } from "../support/layerContext.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { build, type Recipe, wide, withWinograd } from "../support/winogradNetworks.js";

const zeroPoint = fc.oneof(fc.constantFrom(-128, 127, 0), fc.integer({ min: -128, max: 127 }));
const pad = fc.integer({ min: 0, max: 2 });
const recipes: fc.Arbitrary<Recipe> = fc.record({
  size: fc.tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 7, max: 19 })),
  channels: fc.tuple(fc.constantFrom(4, 8, 12, 16, 20), fc.integer({ min: 2, max: 9 })),
  padding: fc.record({ top: pad, bottom: pad, left: pad, right: pad }),
  zeroPoints: fc.tuple(zeroPoint, zeroPoint),
  clamp: fc.oneof(
    fc.constant([-128, 127] as const),
    fc.tuple(fc.integer({ min: -128, max: 0 }), fc.integer({ min: 1, max: 127 })),
  ),
  weights: fc.array(fc.oneof(fc.constantFrom(-128, -127, 127, 0), fc.integer({ min: -127, max: 127 })), {
    minLength: 37,
    maxLength: 37,
  }),
  factors: fc.array(fc.oneof(fc.double({ min: 0.0002, max: 0.02, noNaN: true }), fc.constant(2 ** -33)), {
    minLength: 1,
    maxLength: 9,
  }),
  biases: fc.array(fc.integer({ min: -(2 ** 18), max: 2 ** 18 }), { minLength: 9, maxLength: 9 }),
});

function inputs(network: QuantizedNetwork, seed: number): Int8Array[] {
  const random = new Random(seed);
  const length = elementCount(network.tensors[0].shape);
  const noise = Int8Array.from({ length }, () => random.integer(256) - 128);
  // a tile's columns at both ends, by the signs of the points
  const ends = Int8Array.from({ length }, () => (random.integer(2) === 0 ? -128 : 127));
  return [noise, ends];
}

describe("convolutionWinograd", () => {
  it("gives the bytes of plain C for every shape, padding, zero point and weight", () => {
    let taken = 0;
    fc.assert(
      fc.property(recipes, (recipe) => {
        const network = build(recipe);
        const program = withWinograd(network);
        taken += Number(program !== undefined);
        for (const input of program === undefined ? [] : inputs(network, 5)) {
          expect(runProgram(program!, input)).toEqual(runProgram(planProgram(network), input));
        }
      }),
      { seed: 17, numRuns: 70 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it("holds sums of 64 channels at their ends", () => {
    for (const recipe of [wide(127), wide(-127), wide(-127, 127), wide(127, -127, -127, 127, 127)]) {
      const network = build(recipe);
      for (const input of inputs(network, 3)) {
        expect(runProgram(withWinograd(network)!, input)).toEqual(runProgram(planProgram(network), input));
      }
    }
  });

  it("gives in C what it gives in TypeScript", () => {
    const network = build({ ...wide(-128, 127, 127, 5, -3), size: [8, 7], channels: [4, 6] });
    const program = withWinograd(network)!;
    expect(runGenerated(program, inputs(network, 3))).toEqual(runOracle(program, inputs(network, 3)));
  });

  it("is left alone where a number could leave int32", () => {
    // 22 528 · 9 · 64 · 127 = 1 647 968 256, and 24 · (50 000 000 + 128 · 9 · 64 · 127) = 1 424 719 872: more than 2^31
    expect(withWinograd(build({ ...wide(127), biases: [50_000_000] }))).toBeUndefined();
  });

  it("and its direct twin have plain C's kernel beside them, for where RAM is to be saved", () => {
    const { layers, tensors } = build({ ...wide(5, -3), channels: [16, 8] });
    const around = { ...context(tensors[0], tensors[1]), target: findTarget("cortex-m4") };
    const candidates = planConvolution(layers[0] as QuantizedConvolution, around);
    expect([...new Set(candidates.map(({ kernel }) => kernel))]).toEqual([
      "convolutionDigits",
      "convolutionPairs",
    ]);
  });
});
