import { describe, expect, it } from "vitest";
import { type FullyConnected, fullyConnected } from "../../src/kernels/fullyConnected.js";
import {
  type FullyConnectedBlocked,
  fullyConnectedBlocked,
} from "../../src/kernels/fullyConnectedBlocked.js";
import { planFullyConnected } from "../../src/plan/planFullyConnected.js";
import { quantizeMultiplier } from "../../src/quantize/multiplier.js";
import type { QuantizedFullyConnected } from "../../src/quantizedNetwork.js";
import { Random } from "../../src/random.js";
import { context } from "../support/layerContext.js";

/** One output, factor 1/2: multiplier 2^30 / 2^31. The input's zero point −1 is in the bias: 10 + 1 · (3 − 2). */
const half: FullyConnected = {
  inFeatures: 2,
  outFeatures: 1,
  weights: Int8Array.of(3, -2),
  bias: Int32Array.of(11),
  multiplier: Int32Array.of(2 ** 30),
  rightShift: Uint8Array.of(0),
  leftShift: new Uint8Array(0),
  hasLeftShift: 0,
  outputZeroPoint: 5,
  activationMin: -128,
  activationMax: 127,
};

function run(layer: FullyConnected, ...input: number[]): number[] {
  const output = new Int8Array(layer.outFeatures);
  fullyConnected(layer, Int8Array.from(input), output);
  return [...output];
}

describe("fullyConnected", () => {
  it("sums, rescales and adds the output's zero point", () => {
    // 11 + 3·4 − 2·6 = 11; 11/2 = 5.5 → 6; 6 + 5 = 11
    expect(run(half, 4, 6)).toEqual([11]);
  });

  it("rounds ties of the multiplication towards +∞ for negative accumulators too", () => {
    // 11 − 3·6 + 2·1 = −5; −5/2 = −2.5 → −2; −2 + 5 = 3
    expect(run(half, -6, -1)).toEqual([3]);
  });

  it("rounds ties of the right shift away from zero", () => {
    // 11 − 3·7 + 2·0 = −10; −10/2 = −5; −5/2 = −2.5 → −3; −3 + 5 = 2
    expect(run({ ...half, rightShift: Uint8Array.of(1) }, -7, 0)).toEqual([2]);
  });

  it("shifts left before it multiplies where the factor is over 1", () => {
    const layer = { ...half, leftShift: Uint8Array.of(3), hasLeftShift: 1, outputZeroPoint: 0 };
    // 11 · 8 / 2 = 44, where 11 / 2 · 8 would be 6 · 8
    expect(run(layer, 0, 0)).toEqual([44]);
  });

  it("clamps to the fused activation at both ends", () => {
    const layer = { ...half, activationMin: -3, activationMax: 9 };
    // 11 + 3·127 + 2·128 = 648 → 324 + 5; 11 − 3·128 − 2·127 = −627 → −313 + 5
    expect([...run(layer, 127, -128), ...run(layer, -128, 127)]).toEqual([9, -3]);
    expect([...run(half, 127, -128), ...run(half, -128, 127)]).toEqual([127, -128]);
  });

  it("gives the zero point where the multiplier is 0", () => {
    expect(run({ ...half, multiplier: Int32Array.of(0) }, 127, -128)).toEqual([5]);
  });

  it("takes each output's own weights, bias and factor", () => {
    const layer: FullyConnected = {
      ...half,
      outFeatures: 2,
      weights: Int8Array.of(1, 0, 0, 1),
      bias: Int32Array.of(100, -100),
      multiplier: Int32Array.of(2 ** 30, 2 ** 30),
      rightShift: Uint8Array.of(0, 1),
      outputZeroPoint: 0,
    };
    // (100 + 20) / 2 = 60; (−100 + 40) / 2 / 2 = −15
    expect(run(layer, 20, 40)).toEqual([60, -15]);
  });
});

function int8s(random: Random, count: number, min = -128): Int8Array {
  return Int8Array.from({ length: count }, () => min + random.integer(128 - min));
}

/** The reference layer of a shape, with factors below 1. */
function referenceLayer(random: Random, inFeatures: number, outFeatures: number): QuantizedFullyConnected {
  return {
    kind: "fullyConnected",
    name: "dense",
    inputs: [0],
    output: 1,
    weights: int8s(random, inFeatures * outFeatures, -127),
    weightScales: Array.from({ length: outFeatures }, () =>
      Math.fround(random.uniform() * 2 ** -random.integer(9)),
    ),
    bias: Int32Array.from({ length: outFeatures }, () => random.integer(10000) - 5000),
    activationMin: -100,
    activationMax: 110,
  };
}

/** Both kernels' arguments for one layer, packed here by the layout that the interface states. */
function settle(layer: QuantizedFullyConnected): [FullyConnected, FullyConnectedBlocked] {
  const outFeatures = layer.bias.length;
  const inFeatures = layer.weights.length / outFeatures;
  const blockedOutFeatures = outFeatures - (outFeatures % 4);
  const blocks = Array.from({ length: blockedOutFeatures / 4 }, (_, block) =>
    Array.from({ length: inFeatures }, (_, i) =>
      [0, 1, 2, 3].map((k) => layer.weights[(block * 4 + k) * inFeatures + i]),
    ),
  );
  const factors = layer.weightScales.map(quantizeMultiplier);
  const common = {
    inFeatures,
    outFeatures,
    // the input's zero point, 3
    bias: layer.bias.map(
      (bias, o) =>
        bias - 3 * layer.weights.subarray(o * inFeatures, (o + 1) * inFeatures).reduce((a, b) => a + b, 0),
    ),
    multiplier: Int32Array.from(factors, (f) => f.multiplier),
    rightShift: Uint8Array.from(factors, (f) => f.rightShift),
    outputZeroPoint: -7,
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
  return [
    { ...common, weights: layer.weights, leftShift: new Uint8Array(0), hasLeftShift: 0 },
    {
      ...common,
      blockedOutFeatures,
      unrolledInFeatures: inFeatures - (inFeatures % 8),
      weights: Int8Array.from([
        ...blocks.flat(2),
        ...layer.weights.subarray(blockedOutFeatures * inFeatures),
      ]),
    },
  ];
}

const tensor = (zeroPoint: number) => ({ name: "t", shape: [1], quantization: { scale: 1, zeroPoint } });

describe("fullyConnectedBlocked", () => {
  const shapes = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 14 }, (_, o) => [i + 1, o + 1] as const),
  ).flat();

  it("equals fullyConnected on every shape from 1×1 to 40×14", () => {
    const random = new Random(11);
    for (const [inFeatures, outFeatures] of shapes) {
      const [reference, blocked] = settle(referenceLayer(random, inFeatures, outFeatures));
      for (const input of [int8s(random, inFeatures), new Int8Array(inFeatures).fill(-128)]) {
        const expected = new Int8Array(outFeatures);
        const found = new Int8Array(outFeatures);
        fullyConnected(reference, input, expected);
        fullyConnectedBlocked(blocked, input, found);
        expect([inFeatures, outFeatures, ...found]).toEqual([inFeatures, outFeatures, ...expected]);
      }
    }
  });

  it("is what planFullyConnected packs for from four outputs on, and fullyConnected below", () => {
    const random = new Random(12);
    for (const [inFeatures, outFeatures] of shapes) {
      const layer = referenceLayer(random, inFeatures, outFeatures);
      const [reference, blocked] = settle(layer);
      const plan = planFullyConnected(layer, context(tensor(3), tensor(-7), { min: -128, max: 127 }));
      expect(plan).toEqual({
        kernel: outFeatures < 4 ? "fullyConnected" : "fullyConnectedBlocked",
        layer: outFeatures < 4 ? reference : blocked,
        macs: inFeatures * outFeatures,
        parameters: (inFeatures + 1) * outFeatures,
      });
    }
  });

  it("is not chosen where a factor is over 1", () => {
    const layer = { ...referenceLayer(new Random(13), 3, 5), weightScales: [0.5, 1.5, 0.5, 0.5, 0.25] };
    const { kernel, layer: settled } = planFullyConnected(
      layer,
      context(tensor(0), tensor(0), { min: 0, max: 127 }),
    );
    expect([kernel, settled.hasLeftShift, settled.leftShift]).toEqual([
      "fullyConnected",
      1,
      Uint8Array.of(0, 1, 0, 0, 0),
    ]);
  });
});
