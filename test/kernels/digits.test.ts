import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { elementCount } from "../../src/base/tensor.js";
import type {
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { windowOutput } from "../../src/network/windowGeometry.js";
import { findCandidates } from "../../src/plan/planLayers.js";
import { planProgram, planWith } from "../../src/plan/planProgram.js";
import type { Optimize, Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { findTarget } from "../../src/program/target.js";
import { ports } from "../support/ports.js";
import { randomConvolution } from "../support/randomConvolutions.js";

const dsp = findTarget("cortex-m4");

function noise(seed: number, length: number): Int8Array {
  const random = new Random(seed);
  return Int8Array.from({ length }, () => random.integer(256) - 128);
}

/** Every layer's bytes. */
function layersOf(program: Program, input: Int8Array): number[][] {
  const layers: number[][] = [];
  runProgram(program, input, (_, bytes) => layers.push([...bytes]));
  return layers;
}

/** Runs a network as plain C and as a core with packed arithmetic would; tells the latter's first kernel. */
function expectEqual(
  network: QuantizedNetwork,
  seed: number,
  optimize: Optimize = "speed",
  packed = planProgram(network, { target: dsp, optimize }),
): string {
  const plain = planProgram(network);
  const size = elementCount(network.tensors[0].shape);
  for (const input of [noise(seed, size), new Int8Array(size).fill(-128), new Int8Array(size).fill(127)])
    expect(layersOf(packed, input)).toEqual(layersOf(plain, input));
  return packed.calls[0]!.kernel;
}

/** A fully connected layer of any size, with extreme weights among them. */
const randomFullyConnected: fc.Arbitrary<QuantizedNetwork> = fc
  .record({
    inFeatures: fc.integer({ min: 1, max: 150 }),
    outFeatures: fc.integer({ min: 1, max: 21 }),
    zeroPoints: fc.tuple(fc.integer({ min: -128, max: 127 }), fc.constantFrom(-128, 0, 5, 127)),
    factors: fc.array(fc.double({ min: 0.0002, max: 0.02, noNaN: true }), { minLength: 21, maxLength: 21 }),
    isShared: fc.boolean(),
    weights: fc.array(
      fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(-127, 127, 0) },
        { weight: 3, arbitrary: fc.integer({ min: -127, max: 127 }) },
      ),
      { minLength: 37, maxLength: 37 },
    ),
    bias: fc.array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), { minLength: 21, maxLength: 21 }),
    activationMin: fc.constantFrom(-128, 0),
  })
  .map(({ inFeatures, outFeatures, zeroPoints, factors, isShared, weights, bias, activationMin }) => ({
    name: "random fully connected",
    ...ports(0, 1),
    tensors: [
      ...[inFeatures, outFeatures].map((features, i) => ({
        elementType: "int8" as const,
        name: i === 0 ? "input" : "output",
        shape: [features],
        quantization: { scale: 1, zeroPoint: zeroPoints[i]! },
      })),
    ],
    layers: [
      {
        ...{
          kind: "fullyConnected",
          name: "dense",
          inputs: [0],
          output: 1,
          activationMin,
          activationMax: 127,
        },
        weights: Int8Array.from(
          { length: inFeatures * outFeatures },
          (_, i) => weights[(i * 7 + (i >> 3)) % 37]!,
        ),
        weightScales: (isShared ? factors.slice(0, 1) : factors.slice(0, outFeatures)).map(Math.fround),
        bias: Int32Array.from(bias.slice(0, outFeatures)),
      },
    ],
  }));

/** Four fully connected layers, the first one's weights in all of them: so many share one function. */
const randomDense = randomFullyConnected.map((network): QuantizedNetwork => {
  const [first] = network.layers as [Extract<QuantizedLayer, { kind: "fullyConnected" }>];
  const [input, output] = network.tensors as [QuantizedTensor, QuantizedTensor];
  const outFeatures = first.bias.length;
  const others = [1, 2, 3].map((tensor) => ({
    ...{ ...first, name: `dense ${tensor}`, inputs: [tensor], output: tensor + 1 },
    weights: Int8Array.from({ length: outFeatures ** 2 }, (_, i) => first.weights[i % first.weights.length]!),
  }));
  return {
    ...{ name: network.name, ...ports(0, 4) },
    tensors: [input, ...[0, 1, 2, 3].map((i) => ({ ...output, name: `output ${i}` }))],
    layers: [first, ...others],
  };
});

/** A convolution whose windows are tall, as those over spectrograms are. */
function tall(
  [height, width, channels]: readonly [number, number, number],
  kernelSize: readonly [number, number],
  strides: readonly [number, number],
  outChannels: number,
): QuantizedNetwork {
  const taps = kernelSize[0] * kernelSize[1] * channels;
  const padding = { top: 4, bottom: 5, left: 1, right: 2 };
  const output = windowOutput([height, width], { kernelSize, strides, padding }, [1, 1]);
  const tensor = (name: string, shape: readonly number[], zeroPoint: number) => ({
    ...{ elementType: "int8" as const, name, shape, quantization: { scale: 1, zeroPoint } },
  });
  return {
    name: "tall",
    ...ports(0, 1),
    tensors: [
      tensor("input", [height, width, channels], 83),
      tensor("output", [...output, outChannels], -128),
    ],
    layers: [
      {
        ...{ kind: "convolution", name: "tall", inputs: [0], output: 1, kernelSize, strides, padding },
        dilations: [1, 1],
        weights: noise(5, taps * outChannels).map((weight) => Math.max(-127, weight)),
        weightScales: Array.from({ length: outChannels }, (_, o) => Math.fround(0.0005 * (1 + o / 7))),
        bias: Int32Array.from(noise(6, outChannels), (value) => 500 * value),
        ...{ activationMin: -128, activationMax: 127 },
      },
    ],
  };
}

describe("two products in one multiply-accumulate", () => {
  it.each<[string, fc.Arbitrary<QuantizedNetwork>, Optimize, number, number]>([
    ["convolutionDigits", randomConvolution, "speed", 300, 70],
    ["fullyConnectedDigits", randomFullyConnected, "speed", 300, 250],
    ["convolutionShared", randomConvolution, "size", 200, 80],
    ["fullyConnectedShared", randomDense, "size", 100, 20],
  ])(
    "%s gives the bytes of plain kernels on every random layer",
    (kernel, arbitrary, optimize, numRuns, least) => {
      let packed = 0;
      fc.assert(
        fc.property(arbitrary, fc.integer({ min: 1, max: 2 ** 20 }), (network, seed) => {
          // also where it is a candidate and another one is faster
          const program =
            optimize === "speed"
              ? planWith(network, { target: dsp }, (_, candidates) => {
                  return candidates.find((one) => one.kernel === kernel) ?? candidates[0]!;
                })
              : undefined;
          if (expectEqual(network, seed, optimize, program) === kernel) packed++;
        }),
        { seed: 12, numRuns, endOnFailure: true },
      );
      expect(packed).toBeGreaterThan(least);
    },
  );

  it.each([
    ["10 by 4 over one channel", tall([49, 10, 1], [10, 4], [2, 2], 8)],
    ["5 by 3 over five, more pairs than are written out", tall([12, 7, 5], [5, 3], [1, 1], 6)],
    ["7 by 1 over four", tall([13, 4, 4], [7, 1], [1, 2], 5)],
  ])("gathers windows of many short rows: %s", (_, network) => {
    const [{ candidates }] = findCandidates(network, { optimize: "speed", target: dsp });
    const gathering = candidates.find(({ layer }) => Number(layer.gatheredRows) > 4)!;
    const program = planWith(network, { target: dsp }, () => gathering);
    expect(expectEqual(network, 3, "speed", program)).toBe("convolutionDigits");
  });
});
