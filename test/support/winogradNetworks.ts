import type {
  QuantizedConvolution,
  QuantizedLayer,
  QuantizedNetwork,
} from "../../src/network/quantizedNetwork.js";
import { planConvolution } from "../../src/plan/planConvolution.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { findTarget } from "../../src/program/target.js";
import { context } from "./layerContext.js";
import { ports } from "./ports.js";

/** What one 3×3 convolution that moves by 1 is made of. */
export interface Recipe {
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

/** A network of it alone. */
export function build(recipe: Recipe): QuantizedNetwork {
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

/** 64 channels whose weights begin at these. */
export const wide = (...weights: number[]): Recipe => ({
  size: [6, 8],
  channels: [64, 4],
  padding: { top: 1, bottom: 1, left: 1, right: 1 },
  zeroPoints: [-128, 3],
  clamp: [-128, 127],
  weights,
  factors: [2 ** -17, 2 ** -16],
  biases: [-70_000, 70_000],
});

/** The network's one call by convolutionWinograd, where it pays with all the room that it wants; else undefined. */
export function withWinograd(network: QuantizedNetwork): Program | undefined {
  const [input, output] = network.tensors;
  const later: QuantizedLayer = { kind: "reshape", name: "later", inputs: [1], output: 2 };
  const [choice] = planConvolution(network.layers[0] as QuantizedConvolution, {
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
