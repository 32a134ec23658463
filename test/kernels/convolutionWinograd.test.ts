import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { elementCount } from "../../src/base/tensor.js";
import type {
  QuantizedConvolution,
  QuantizedLayer,
  QuantizedNetwork,
} from "../../src/network/quantizedNetwork.js";
import { planConvolution } from "../../src/plan/planConvolution.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { findTarget } from "../../src/program/target.js";
import { context } from "../support/layerContext.js";
import { ports } from "../support/ports.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

/** What one 3×3 convolution that moves by 1 is made of. */
interface Recipe {
  readonly size: readonly [height: number, width: number];
  readonly channels: readonly [input: number, output: number];
  readonly padding: QuantizedConvolution["padding"];
  readonly zeroPoints: readonly [input: number, output: number];
  readonly clamp: readonly [number, number];
  /** Repeated over all weights. */
  readonly weights: readonly number[];
  readonly factors: readonly number[];
  readonly biases: readonly number[];
}

function build(recipe: Recipe): QuantizedNetwork {
  const [inChannels, outChannels] = recipe.channels;
  const { top, bottom, left, right } = recipe.padding;
  const outSize = [recipe.size[0] + top + bottom - 2, recipe.size[1] + left + right - 2];
  const repeat = (values: readonly number[], length: number) =>
    Array.from({ length }, (_, i) => values[(i * 7 + (i >> 3)) % values.length]);
  const layer: QuantizedConvolution = {
    ...{ kind: "convolution", name: "conv", inputs: [0], output: 1 },
    ...{ kernelSize: [3, 3], strides: [1, 1], dilations: [1, 1], padding: recipe.padding },
    weights: Int8Array.from(repeat(recipe.weights, outChannels * 9 * inChannels)),
    weightScales: repeat(recipe.factors, outChannels).map(Math.fround),
    bias: Int32Array.from(repeat(recipe.biases, outChannels)),
    activationMin: recipe.clamp[0],
    activationMax: recipe.clamp[1],
  };
  const tensor = (name: string, shape: number[], zeroPoint: number) => {
    return { name, shape, elementType: "int8" as const, quantization: { scale: 1, zeroPoint } };
  };
  const tensors = [
    tensor("in", [...recipe.size, inChannels], recipe.zeroPoints[0]),
    tensor("out", [...outSize, outChannels], recipe.zeroPoints[1]),
  ];
  return { name: "one layer", tensors, ...ports(0, 1), layers: [layer] };
}

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

/** 64 channels whose weights begin at these. */
const wide = (...weights: number[]): Recipe => ({
  size: [6, 8],
  channels: [64, 4],
  padding: { top: 1, bottom: 1, left: 1, right: 1 },
  zeroPoints: [-128, 3],
  clamp: [-128, 127],
  weights,
  factors: [2 ** -17, 2 ** -16],
  biases: [-70_000, 70_000],
});

function inputs(network: QuantizedNetwork, seed: number): Int8Array[] {
  const random = new Random(seed);
  const length = elementCount(network.tensors[0].shape);
  const noise = Int8Array.from({ length }, () => random.integer(256) - 128);
  // a tile's columns at both ends, by the signs of the points
  const ends = Int8Array.from({ length }, () => (random.integer(2) === 0 ? -128 : 127));
  return [noise, ends];
}

/** The network's one call by convolutionWinograd, where it pays with all the room that it wants; else undefined. */
function withWinograd(network: QuantizedNetwork): Program | undefined {
  const [input, output] = network.tensors;
  const later: QuantizedLayer = { kind: "reshape", name: "later", inputs: [1], output: 2 };
  const choice = planConvolution(network.layers[0] as QuantizedConvolution, {
    ...context(input, output),
    target: findTarget("cortex-m4"),
    network: {
      ...network,
      ...ports(0, 2),
      layers: [...network.layers, later],
      tensors: [...network.tensors, { ...output, shape: [2 ** 20] }],
    },
  });
  if (choice.kernel !== "convolutionWinograd") return undefined;
  const plain = planProgram(network);
  const call = plain.calls[0];
  // the output as far up in its input's memory as it may lie
  const { distance } = choice.overlaps![0];
  const slots = {
    input: { ...call.inputs[0], offset: Math.max(0, distance) },
    output: { ...call.output, offset: Math.max(0, -distance) },
  };
  const ends = Object.values(slots).map(({ offset, bytes }) => offset + bytes);
  let arenaBytes = Math.ceil(Math.max(...ends) / 4) * 4;
  const scratch = choice.scratch!.map((need) => {
    const slot = { ...need, offset: arenaBytes };
    arenaBytes += 4 * need.elements;
    return slot;
  });
  return {
    ...plain,
    calls: [
      {
        ...call,
        ...{ kernel: choice.kernel, layer: choice.layer, scratch },
        ...{ inputs: [slots.input], output: slots.output },
      },
    ],
    inputs: [{ ...plain.inputs[0], offset: slots.input.offset }],
    outputs: [{ ...plain.outputs[0], offset: slots.output.offset }],
    arenaBytes,
  };
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
    const direct = planConvolution(layers[0] as QuantizedConvolution, around);
    expect([direct, ...direct.leaner!].map(({ kernel }) => kernel)).toEqual([
      "convolutionDigits",
      "convolutionPairs",
    ]);
  });
});
