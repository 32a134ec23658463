import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Normalization, normalization } from "../../src/kernels/normalization.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { ports } from "../support/ports.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

/** A network of one normalization: int16 [rows, features] → int8. */
function network(
  offsets: readonly number[],
  factors: readonly number[],
  rows: number,
  zeroPoint: number,
): QuantizedNetwork {
  const shape = [rows, offsets.length];
  return {
    name: "raw",
    tensors: [
      { name: "input", shape, elementType: "int16", quantization: { scale: 1, zeroPoint: 0 } },
      { elementType: "int8", name: "output", shape, quantization: { scale: 0.5, zeroPoint } },
    ],
    ...ports(0, 1),
    layers: [
      {
        kind: "normalization",
        name: "standardize",
        inputs: [0],
        output: 1,
        offsets: Int32Array.from(offsets),
        factors,
      },
    ],
  };
}

function run(layer: Partial<Normalization>, input: number[]): number[] {
  const output = new Int8Array(input.length);
  const one: Normalization = {
    rows: 1,
    features: input.length,
    offsets: new Int32Array(input.length),
    multiplier: new Int32Array(input.length).fill(2 ** 30),
    rightShift: new Uint8Array(input.length).fill(12), // 1/2 / 2^12: one output step for one input step
    outputZeroPoint: 0,
    ...layer,
  };
  normalization(one, Int16Array.from(input), output);
  return [...output];
}

describe("normalization", () => {
  it("subtracts the offset with its fraction before it scales", () => {
    // (10 · 2^13 − 2.5 · 2^13) / 2^13 = 7.5 rounds away from zero to 8; (−10 − 2.5) = −12.5 to −13
    expect(run({ offsets: Int32Array.of(2.5 * 2 ** 13, 2.5 * 2 ** 13) }, [10, -10])).toEqual([8, -13]);
  });

  it("clamps the ends of int16 into int8, whatever the zero point", () => {
    expect(run({ outputZeroPoint: 127 }, [32767, -32768, 0])).toEqual([127, -128, 127]);
    expect(run({ outputZeroPoint: -128 }, [32767, -32768, 0])).toEqual([127, -128, -128]);
  });

  it("gives the same bytes in TypeScript and in the emitted C", () => {
    const drawn = fc.record({
      offsets: fc.array(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), { minLength: 1, maxLength: 5 }),
      exponent: fc.integer({ min: -40, max: 12 }),
      rows: fc.integer({ min: 1, max: 4 }),
      zeroPoint: fc.integer({ min: -128, max: 127 }),
      seed: fc.integer(),
    });
    for (const { offsets, exponent, rows, zeroPoint, seed } of fc.sample(drawn, { seed: 7, numRuns: 8 })) {
      const factors = offsets.map((_, f) => (1 + f / 7) * 2 ** exponent);
      const program = planProgram(network(offsets, factors, rows, zeroPoint));
      const size = rows * offsets.length;
      const inputs = [
        new Int16Array(size).fill(32767),
        new Int16Array(size).fill(-32768),
        ...[1, 2, 3].map((n) =>
          Int16Array.from({ length: size }, (_, i) => Math.imul(i + n + seed, 2654435761) >> 16),
        ),
      ];
      expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    }
  });
});

describe("planNormalization", () => {
  it("refuses an offset that no int16 comes near", () => {
    expect(() => planProgram(network([2 ** 30 + 1], [1], 1, 0))).toThrow(
      'layer "standardize", feature 0: its middle is 131072.0001220703 input steps, int16 ends at 32767',
    );
  });

  it("refuses a factor that makes thousands of output steps of one input step", () => {
    expect(() => planProgram(network([0, 0], [1, 9000], 1, 0))).toThrow(
      'layer "standardize", feature 1: one input step is 9000 output steps, at most 8192 are possible',
    );
  });
});
