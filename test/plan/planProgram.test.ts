import { describe, expect, it } from "vitest";
import { networkHash } from "../../src/network/networkHash.js";
import type { QuantizedFullyConnected, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { ports } from "../support/ports.js";

/** Built anew each time, so that equal hashes are of equal values and not of one object. */
function network(): QuantizedNetwork {
  return {
    name: "net",
    tensors: [
      { elementType: "int8", name: "input", shape: [2], quantization: { scale: 0.5, zeroPoint: -1 } },
      { elementType: "int8", name: "dense", shape: [3], quantization: { scale: 0.25, zeroPoint: 3 } },
      {
        elementType: "int8",
        name: "probabilities",
        shape: [3],
        quantization: { scale: 1 / 256, zeroPoint: -128 },
      },
    ],
    ...ports(0, 2),
    layers: [
      {
        kind: "fullyConnected",
        name: "dense",
        inputs: [0],
        output: 1,
        weights: Int8Array.of(1, -2, 3, -4, 5, -6),
        weightScales: [0.125, 0.25, 0.0625],
        bias: Int32Array.of(10, 20, 30),
        activationMin: -100,
        activationMax: 120,
      },
      { kind: "softmax", name: "softmax", inputs: [1], output: 2, beta: 1 },
    ],
  };
}

type Change = readonly [what: string, change: (changed: QuantizedNetwork) => QuantizedNetwork];

function inDense(change: Partial<QuantizedFullyConnected>) {
  return (original: QuantizedNetwork): QuantizedNetwork => ({
    ...original,
    layers: [{ ...(original.layers[0] as QuantizedFullyConnected), ...change }, original.layers[1]],
  });
}

function inTensor(index: number, change: object) {
  return (original: QuantizedNetwork): QuantizedNetwork => ({
    ...original,
    tensors: original.tensors.map((tensor, i) => (i === index ? { ...tensor, ...change } : tensor)),
  });
}

const changes: readonly Change[] = [
  ["a weight", inDense({ weights: Int8Array.of(1, -2, 3, -4, 5, -7) })],
  ["a bias", inDense({ bias: Int32Array.of(10, 20, 31) })],
  ["a weight scale by one step of float32", inDense({ weightScales: [0.125, 0.25, 0.0625 + 2 ** -28] })],
  ["a clamp's lower end", inDense({ activationMin: -99 })],
  ["a clamp's upper end", inDense({ activationMax: 119 })],
  ["a layer's name", inDense({ name: "dense2" })],
  ["a scale", inTensor(0, { quantization: { scale: 0.5 + 2 ** -25, zeroPoint: -1 } })],
  ["a zero point", inTensor(1, { quantization: { scale: 0.25, zeroPoint: 2 } })],
  ["a tensor's name", inTensor(1, { name: "hidden" })],
  ["a shape of as many values", inTensor(0, { shape: [1, 2] })],
  ["the network's name", (original) => ({ ...original, name: "net2" })],
  [
    "a softmax's beta",
    (original) => ({
      ...original,
      layers: [original.layers[0], { kind: "softmax", name: "softmax", inputs: [1], output: 2, beta: 2 }],
    }),
  ],
];

describe("planProgram", () => {
  it("gives equal networks equal hashes, in whatever order their fields stand", () => {
    const turned = network();
    const reversed = Object.fromEntries(Object.entries(turned).reverse()) as unknown as QuantizedNetwork;
    expect(planProgram(network()).hash).toMatch(/^[0-9a-f]{64}$/);
    expect(planProgram(network()).hash).toBe(planProgram(network()).hash);
    expect(planProgram(reversed).hash).toBe(planProgram(network()).hash);
  });

  it.each(changes)("gives another hash when %s changes", (_, change) => {
    expect(planProgram(change(network())).hash).not.toBe(planProgram(network()).hash);
  });

  it("gives each change its own hash", () => {
    const hashes = changes.map(([, change]) => planProgram(change(network())).hash);
    expect(new Set(hashes).size).toBe(changes.length);
  });

  it("hashes the network as it was given, whatever the passes do to it", () => {
    const dead = inDense({ weights: Int8Array.of(0, 0, 3, -4, 5, -6) })(network());
    expect(planProgram(dead).hash).toBe(networkHash(dead));
    expect(planProgram(dead, { passes: false }).hash).toBe(networkHash(dead));
    expect(planProgram(dead, { passes: false }).passes).toEqual([]);
  });

  it("narrows the bound of a layer by the clamp of the layer before it", () => {
    // 2^31 − 1 − 2000 fits with an input of at most 10, not with one of 128: 16 weights of 127
    const wide = (activationMax: number): QuantizedNetwork => ({
      name: "n",
      tensors: [1, 16, 1].map((size, i) => ({
        name: `t${i}`,
        elementType: "int8",
        shape: [size],
        quantization: { scale: 1, zeroPoint: 0 },
      })),
      ...ports(0, 2),
      layers: [
        {
          kind: "fullyConnected",
          name: "first",
          inputs: [0],
          output: 1,
          weights: new Int8Array(16).fill(1),
          weightScales: [0.5],
          bias: new Int32Array(16),
          activationMin: 0,
          activationMax,
        },
        {
          kind: "fullyConnected",
          name: "second",
          inputs: [1],
          output: 2,
          weights: new Int8Array(16).fill(127),
          weightScales: [0.5],
          bias: Int32Array.of(2 ** 31 - 1 - 129 - 16 * 127 * 10),
          activationMin: -128,
          activationMax: 127,
        },
      ],
    });
    expect(() => planProgram(wide(10))).not.toThrow();
    expect(() => planProgram(wide(11))).toThrow('layer "second", output 0: the accumulator can reach');
  });
});
