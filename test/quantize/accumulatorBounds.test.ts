import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QuantizedFullyConnected } from "../../src/network/quantizedNetwork.js";
import { planFullyConnected } from "../../src/plan/planFullyConnected.js";
import {
  accumulatorBounds,
  expectAccumulatorsFit,
  type IntegerRange,
} from "../../src/quantize/accumulatorBounds.js";
import { fullyConnectedFactors } from "../../src/quantize/fullyConnectedFactors.js";
import { context } from "../support/layerContext.js";

const INT32_MAX = 2 ** 31 - 1;

/** Every input with each value at an end of the range. */
function corners(inFeatures: number, { min, max }: IntegerRange): number[][] {
  return Array.from({ length: 2 ** inFeatures }, (_, bits) =>
    Array.from({ length: inFeatures }, (_, i) => ((bits >> i) & 1 ? max : min)),
  );
}

/** The largest magnitude of any partial sum from the folded bias on, in the weights' order and backwards. */
function largestPartialSum(weights: readonly number[], bias: number, input: readonly number[]): number {
  const products = weights.map((weight, i) => weight * input[i]);
  let largest = Math.abs(bias);
  for (const order of [products, [...products].reverse()]) {
    let sum = bias;
    for (const product of order) {
      sum += product;
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return largest;
}

const int8 = fc.integer({ min: -128, max: 127 });
const draw = fc.record({
  weights: fc.array(int8, { minLength: 1, maxLength: 6 }),
  bias: fc.integer({ min: -(2 ** 20), max: 2 ** 20 }),
  zeroPoint: int8,
  range: fc.tuple(int8, int8).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
});

describe("accumulatorBounds", () => {
  it("are never passed by any corner of the inputs, in either order of summation", () => {
    fc.assert(
      fc.property(draw, ({ weights, bias, zeroPoint, range }) => {
        const layer = { weights: Int8Array.from(weights), bias: Int32Array.of(bias) };
        const [bound] = accumulatorBounds(layer, zeroPoint, range);
        const folded = bias - zeroPoint * weights.reduce((a, b) => a + b, 0);
        const found = corners(weights.length, range).map((x) => largestPartialSum(weights, folded, x));
        expect(Math.max(...found)).toBeLessThanOrEqual(bound);
      }),
      { seed: 7, numRuns: 300, endOnFailure: true },
    );
  });

  it("are reached where all products agree in sign with the bias", () => {
    // 1000 + 3·100 + 2·100
    const layer = { weights: Int8Array.of(3, 2), bias: Int32Array.of(1000) };
    expect(accumulatorBounds(layer, 0, { min: -100, max: 100 })).toEqual([1500]);
    // folded bias 1000 − 10·5 = 950
    expect(accumulatorBounds(layer, 10, { min: -100, max: 100 })).toEqual([1450]);
  });

  it("are one for each output", () => {
    const layer = { weights: Int8Array.of(1, -1, 127, 127), bias: Int32Array.of(5, -5) };
    expect(accumulatorBounds(layer, 0, { min: -128, max: 127 })).toEqual([5 + 256, 5 + 254 * 128]);
  });
});

function layer(bias: readonly number[], weightScales: readonly number[]): QuantizedFullyConnected {
  return {
    kind: "fullyConnected",
    name: "dense_1",
    inputs: [0],
    output: 1,
    weights: new Int8Array(bias.length).fill(1),
    weightScales,
    bias: Int32Array.from(bias),
    activationMin: -128,
    activationMax: 127,
  };
}
const tensor = {
  name: "t",
  shape: [1],
  elementType: "int8",
  quantization: { scale: 1, zeroPoint: 0 },
} as const;
const plan = (bias: readonly number[], weightScales: readonly number[]) =>
  planFullyConnected(layer(bias, weightScales), context(tensor, tensor));

describe("a layer that could leave int32", () => {
  it("is refused where the accumulator could", () => {
    // 2147483647 + 128 + 129
    expect(() => plan([0, INT32_MAX], [0.5, 0.5])).toThrow(
      `layer "dense_1", output 1: the accumulator can reach 2.147e+9, int32 ends at 2147483647`,
    );
    expect(() => plan([INT32_MAX - 128 - 129], [0.5])).not.toThrow();
    expect(() => plan([INT32_MAX - 128 - 128], [0.5])).toThrow("the accumulator can reach");
  });

  it("is refused where the shift left could", () => {
    // 2 · (1000 + 128) · 2^20
    expect(() => plan([1000], [2 ** 20])).toThrow(
      `layer "dense_1", output 0: the accumulator can reach 2.366e+9, int32 ends at 2147483647`,
    );
    expect(() => plan([800], [2 ** 20])).not.toThrow();
  });

  it("is refused where the factor has no shift", () => {
    expect(() => expectAccumulatorsFit("d", [0], [2 ** 31])).toThrow('layer "d", output 0: the accumulator');
  });
});

describe("fullyConnectedFactors", () => {
  const at = (scale: number) => ({ scale: Math.fround(scale), zeroPoint: 0 });
  const [input, output] = [at(0.1), at(0.3)];
  const weightScale = Math.fround(0.7);
  const exact = (input.scale * weightScale) / output.scale;

  it("multiply the scales in single precision where all outputs share one", () => {
    const factors = fullyConnectedFactors(layer([0, 0, 0], [weightScale]), input, output);
    expect(factors).toEqual(new Array(3).fill(Math.fround(input.scale * weightScale) / output.scale));
    expect(factors[0]).not.toBe(exact);
  });

  it("multiply them in double precision where each output has its own", () => {
    expect(fullyConnectedFactors(layer([0, 0], [weightScale, 1]), input, output)[0]).toBe(exact);
  });
});
