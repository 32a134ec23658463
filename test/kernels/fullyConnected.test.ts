import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { type FullyConnected, fullyConnected } from "../../src/kernels/fullyConnected.js";
import {
  type FullyConnectedBlocked,
  fullyConnectedBlocked,
} from "../../src/kernels/fullyConnectedBlocked.js";
import {
  type FullyConnectedCompact,
  fullyConnectedCompact,
} from "../../src/kernels/fullyConnectedCompact.js";
import type { QuantizedFullyConnected } from "../../src/network/quantizedNetwork.js";
import { planFullyConnected } from "../../src/plan/planFullyConnected.js";
import { quantizeMultiplier } from "../../src/quantize/multiplier.js";
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
  rounding: 0,
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

/** The reference layer of a shape, with factors below 1/2. */
function referenceLayer(random: Random, inFeatures: number, outFeatures: number): QuantizedFullyConnected {
  return {
    kind: "fullyConnected",
    name: "dense",
    inputs: [0],
    output: 1,
    weights: int8s(random, inFeatures * outFeatures, -127),
    weightScales: Array.from({ length: outFeatures }, () =>
      Math.fround((0.02 + random.uniform()) * 2 ** -(2 + random.integer(7))),
    ),
    bias: Int32Array.from({ length: outFeatures }, () => random.integer(10000) - 5000),
    activationMin: -100,
    activationMax: 110,
  };
}

/** Arguments of the three kernels for one layer with input zero point 3, packed here by what their interfaces state. */
function settle(
  layer: QuantizedFullyConnected,
  block = 8,
): [FullyConnected, FullyConnectedBlocked, FullyConnectedCompact] {
  const outFeatures = layer.bias.length;
  const inFeatures = layer.weights.length / outFeatures;
  const weight = (o: number, i: number) => layer.weights[o * inFeatures + i];
  const blocksOf = (size: number, starts: number[]) =>
    Int8Array.from(
      starts.flatMap((start) =>
        Array.from({ length: inFeatures }, (_, i) =>
          Array.from({ length: size }, (_, k) => weight(start + k, i)),
        ).flat(),
      ),
    );
  const blockedOutFeatures = outFeatures - (outFeatures % block);
  const starts = Array.from({ length: blockedOutFeatures / block }, (_, b) => b * block);
  const blocks = Math.ceil(outFeatures / 4);
  const compactStarts = Array.from({ length: blocks }, (_, b) => Math.min(b * 4, outFeatures - 4));
  const factors = Array.from(layer.bias, (_, o) =>
    quantizeMultiplier(layer.weightScales[layer.weightScales.length === 1 ? 0 : o]),
  );
  const common = { inFeatures, outFeatures, outputZeroPoint: -7, activationMin: -100, activationMax: 110 };
  const multiplier = Int32Array.from(factors, (f) => f.multiplier);
  const rightShift = Uint8Array.from(factors, (f) => f.rightShift);
  const isShared = factors.every((f) => f.multiplier === multiplier[0] && f.rightShift === rightShift[0]);
  const bias = layer.bias.map(
    (value, o) =>
      value - 3 * layer.weights.subarray(o * inFeatures, (o + 1) * inFeatures).reduce((a, b) => a + b, 0),
  );
  const hasWideBias = layer.bias.some((value) => Math.abs(value) >= 2 ** 15);
  return [
    {
      ...common,
      ...{ multiplier, rightShift, bias },
      weights: layer.weights,
      leftShift: new Uint8Array(0),
      hasLeftShift: 0,
      rounding: 0,
    },
    {
      ...common,
      ...{ multiplier, rightShift, bias },
      isShared: Number(isShared),
      ...(isShared && { multiplier: new Int32Array(0), rightShift: new Uint8Array(0) }), // nothing reads them
      sharedMultiplier: multiplier[0],
      sharedRightShift: rightShift[0],
      block,
      blockedOutFeatures,
      unrolledInFeatures: inFeatures - (inFeatures % 8),
      weights: Int8Array.from([
        ...blocksOf(block, starts),
        ...layer.weights.subarray(blockedOutFeatures * inFeatures),
      ]),
    },
    {
      ...common,
      blocks,
      inputZeroPoint: 3,
      weights: outFeatures < 4 ? new Int8Array(0) : blocksOf(4, compactStarts),
      hasWideBias: Number(hasWideBias),
      narrowBias: hasWideBias ? new Int16Array(0) : Int16Array.from(layer.bias),
      wideBias: hasWideBias ? layer.bias : new Int32Array(0),
      multiplier: multiplier[0],
      rightShift: rightShift[0],
    },
  ];
}

const tensor = (zeroPoint: number) => ({
  name: "t",
  shape: [1],
  elementType: "int8" as const,
  quantization: { scale: 1, zeroPoint },
});
const anywhere = { min: -128, max: 127 };
const shapes = Array.from({ length: 20 }, (_, i) =>
  Array.from({ length: 20 }, (_, o) => [i + 1, o + 1] as const),
).flat();

/** A layer whose outputs share one factor, with biases beyond int16 in every third. */
function sharedLayer(random: Random, inFeatures: number, outFeatures: number): QuantizedFullyConnected {
  const layer = referenceLayer(random, inFeatures, outFeatures);
  const range = outFeatures % 3 === 0 ? 200000 : 20000;
  return {
    ...layer,
    weightScales: [Math.fround(0.001 + random.uniform() * 0.01)],
    bias: layer.bias.map(() => random.integer(2 * range) - range),
  };
}

function expectEqual(
  layers: ReturnType<typeof settle>,
  kernel: "blocked" | "compact",
  inputs: readonly Int8Array[],
): void {
  const [reference, blocked, compact] = layers;
  for (const input of inputs) {
    const expected = new Int8Array(reference.outFeatures);
    const found = new Int8Array(reference.outFeatures);
    fullyConnected(reference, input, expected);
    if (kernel === "blocked") fullyConnectedBlocked(blocked, input, found);
    else fullyConnectedCompact(compact, input, found);
    expect([reference.inFeatures, ...found]).toEqual([reference.inFeatures, ...expected]);
  }
}

describe("fullyConnectedBlocked", () => {
  it("equals fullyConnected on every shape from 1×1 to 20×20, with factors of their own and shared ones", () => {
    const random = new Random(11);
    for (const [inFeatures, outFeatures] of shapes) {
      const inputs = [int8s(random, inFeatures), new Int8Array(inFeatures).fill(-128)];
      for (const layer of [
        referenceLayer(random, inFeatures, outFeatures),
        sharedLayer(random, inFeatures, outFeatures),
      ]) {
        expectEqual(settle(layer, 1 + random.integer(10)), "blocked", inputs);
      }
    }
  });

  it("is what planFullyConnected packs for where no factor is 1/2 or more, in blocks of up to eight, or of all up to ten", () => {
    const random = new Random(12);
    for (const [inFeatures, outFeatures] of shapes) {
      const layer = referenceLayer(random, inFeatures, outFeatures);
      const plans = planFullyConnected(layer, context(tensor(3), tensor(-7), anywhere)).filter(
        ({ kernel }) => kernel === "fullyConnectedBlocked",
      );
      const blocks = Array.from({ length: Math.min(outFeatures, 8) }, (_, i) => i + 1);
      if (outFeatures === 9 || outFeatures === 10) blocks.push(outFeatures);
      expect(plans).toEqual(
        blocks.map((block) => ({
          kernel: "fullyConnectedBlocked",
          shape: `${block} outputs a step`,
          layer: settle(layer, block)[1],
          macs: inFeatures * outFeatures,
          parameters: (inFeatures + 1) * outFeatures,
        })),
      );
    }
  });

  it.each([0.5, 1.5])("is no candidate where a factor is %d", (factor) => {
    const layer = {
      ...referenceLayer(new Random(13), 3, 5),
      weightScales: [0.25, factor, 0.25, 0.25, 0.125],
    };
    const candidates = planFullyConnected(layer, context(tensor(0), tensor(0), anywhere));
    expect(candidates.length).toBe(1);
    const [{ kernel, layer: settled }] = candidates;
    const hasLeftShift = Number(factor > 1);
    expect([kernel, settled.hasLeftShift, settled.leftShift]).toEqual([
      "fullyConnected",
      hasLeftShift,
      hasLeftShift ? Uint8Array.of(0, 1, 0, 0, 0) : new Uint8Array(0),
    ]);
  });
});

describe("fullyConnectedCompact", () => {
  const compactOf = (layer: QuantizedFullyConnected) =>
    planFullyConnected(layer, {
      ...context(tensor(3), tensor(-7), anywhere),
      optimize: "size",
    }).find(({ kernel }) => kernel === "fullyConnectedCompact");

  it("equals fullyConnected on every shape from 1×4 to 20×20, with narrow and wide biases", () => {
    const random = new Random(14);
    for (const [inFeatures, outFeatures] of shapes.filter(([, outputs]) => outputs >= 4)) {
      const inputs = [int8s(random, inFeatures), new Int8Array(inFeatures).fill(-128)];
      expectEqual(settle(sharedLayer(random, inFeatures, outFeatures)), "compact", inputs);
    }
  });

  it("is what planFullyConnected packs to save flash, from four outputs that share their factor", () => {
    const random = new Random(15);
    for (const [inFeatures, outFeatures] of shapes) {
      const layer = sharedLayer(random, inFeatures, outFeatures);
      expect(compactOf(layer)?.layer).toEqual(outFeatures < 4 ? undefined : settle(layer)[2]);
    }
  });

  it("takes fewer bytes of tables than weights and biases of 32 bits", () => {
    const { layer } = compactOf(sharedLayer(new Random(16), 8, 8))!;
    const tables = Object.values(layer).flatMap((value) => (typeof value === "number" ? [] : [value]));
    expect(tables.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(8 * 8 + 2 * 8);
  });
});
