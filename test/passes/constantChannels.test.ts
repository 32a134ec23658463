import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onlyOutput } from "../../src/network/ports.js";
import type { QuantizedConvolution, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { removeConstantChannels } from "../../src/passes/constantChannels.js";
import { networkCost } from "../../src/passes/networkCost.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { ports } from "../support/ports.js";
import { runReference } from "../support/referenceNetwork.js";

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const settings = { numRuns: 150, seed: 5 };

/** The channels that are left of a tensor's values [..., channels]. */
function pickChannels(values: Int8Array, channels: number, kept: readonly number[]): Int8Array {
  const isKept = new Set(kept);
  return values.filter((_, i) => isKept.has(i % channels));
}

function expectSameBytes(before: QuantizedNetwork, input: Int8Array): void {
  const { network: after, kept } = removeConstantChannels(before);
  const [values, narrow] = [runReference(before, input), runReference(after, input)];
  for (const { output } of before.layers) {
    const channels = before.tensors[output].shape.at(-1) as number;
    expect(narrow[output]).toEqual(pickChannels(values[output] as Int8Array, channels, kept[output]));
  }
  expect(narrow[onlyOutput(after).tensor]).toEqual(values[onlyOutput(before).tensor]);
}

describe("removing constant channels", () => {
  it("changes no byte of what is left of any layer, nor of the output", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const network = randomPlantedNetwork(seed);
        expectSameBytes(network, randomInput(network, seed));
      }),
      settings,
    );
  });

  it("finds what is planted: most random networks lose channels, and none their output's", () => {
    const costs = Array.from({ length: 60 }, (_, seed) => {
      const before = randomPlantedNetwork(seed);
      const { network: after } = removeConstantChannels(before);
      expect(after.tensors[onlyOutput(after).tensor]).toEqual(before.tensors[onlyOutput(before).tensor]);
      return [networkCost(before), networkCost(after)];
    });
    expect(costs.filter(([before, after]) => after.channels < before.channels).length).toBeGreaterThan(45);
    const sum = (which: 0 | 1) => costs.reduce((total, cost) => total + cost[which].macs, 0);
    expect(sum(1)).toBeLessThan(0.7 * sum(0));
  });
});

/** pointwise 2 → 4 (a dead channel, one at a constant 5, one below its clamp) → padded depthwise → pointwise → 2. */
function plantedNetwork(zeroPoint: number, padding: 0 | 1): QuantizedNetwork {
  const size = padding === 1 ? 4 : 2;
  const tensor = (name: string, shape: number[]) => ({
    name,
    shape,
    elementType: "int8" as const,
    quantization: { scale: 1, zeroPoint },
  });
  const at = { strides: [1, 1], dilations: [1, 1] } as const;
  const inside = { ...at, padding: { top: 0, bottom: 0, left: 0, right: 0 } };
  const clamp = { activationMin: zeroPoint, activationMax: 127 };
  const pointwise = { kind: "convolution", kernelSize: [1, 1], ...inside, ...clamp } as const;
  return {
    name: "planted",
    tensors: [
      tensor("input", [4, 4, 2]),
      tensor("wide", [4, 4, 4]),
      tensor("deep", [size, size, 4]),
      tensor("output", [size, size, 2]),
    ],
    ...ports(0, 3),
    layers: [
      {
        ...pointwise,
        name: "widen",
        inputs: [0],
        output: 1,
        weights: Int8Array.of(1, 2, 0, 0, 0, 0, 1, 1),
        bias: Int32Array.of(3, 0, 5, -2000),
        weightScales: [0.1, 0.1, 1, 1],
      },
      {
        kind: "depthwiseConvolution",
        name: "deepen",
        inputs: [1],
        output: 2,
        kernelSize: [3, 3],
        ...at,
        ...clamp,
        padding: { top: padding, bottom: padding, left: padding, right: padding },
        weights: new Int8Array(36).fill(1),
        bias: new Int32Array(4),
        weightScales: [0.1, 1, 1, 1],
      },
      {
        ...pointwise,
        name: "narrow",
        inputs: [2],
        output: 3,
        weights: Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
        bias: Int32Array.of(10, 20),
        weightScales: [0.1, 0.1],
      },
    ],
  };
}

describe("a channel that is always the same", () => {
  it.each([0, -20, 7])("goes into the bias of a layer without padding, at zero point %i", (zeroPoint) => {
    const before = plantedNetwork(zeroPoint, 0);
    const { network, kept, changes } = removeConstantChannels(before);
    expect(kept).toEqual([[0, 1], [0], [0], [0, 1]]);
    // channel 2 is 5 steps over the zero point, and 9 · 5 after the depthwise layer
    expect(network.layers.map((layer) => "bias" in layer && [...layer.bias])).toEqual([
      [3],
      [0],
      [10 + 3 * 45, 20 + 7 * 45],
    ]);
    expect(changes).toEqual([
      { layer: "widen", what: "4 → 1 outputs" },
      { layer: "deepen", what: "4 → 1 outputs, 4 → 1 inputs" },
      { layer: "narrow", what: "2 outputs, 4 → 1 inputs" },
    ]);
    expectSameBytes(before, randomInput(before, 1));
  });

  it("stays under padding, where border values differ, unless it is the zero point", () => {
    const before = plantedNetwork(-20, 1);
    expect(removeConstantChannels(before).kept).toEqual([
      [0, 1],
      [0, 2],
      [0, 2],
      [0, 1],
    ]);
    expectSameBytes(before, randomInput(before, 1));
  });

  it("stays where its share would take the bias out of int32", () => {
    const before = plantedNetwork(0, 0);
    const last = before.layers[2] as QuantizedConvolution;
    const full = { ...last, bias: Int32Array.of(2 ** 31 - 100, 0) };
    const { kept } = removeConstantChannels({ ...before, layers: [...before.layers.slice(0, 2), full] });
    expect(kept[2]).toEqual([0, 2]);
  });

  it("is kept when it is a tensor's last", () => {
    const before = plantedNetwork(0, 0);
    const first = before.layers[0] as QuantizedConvolution;
    const dead = { ...first, weights: new Int8Array(8) };
    const network = { ...before, layers: [dead, ...before.layers.slice(1)] };
    expect(removeConstantChannels(network).kept.map((channels) => channels.length)).toEqual([2, 1, 1, 2]);
    expectSameBytes(network, randomInput(network, 1));
  });
});
