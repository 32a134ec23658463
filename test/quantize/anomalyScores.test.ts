import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { type Shape, Tensor } from "../../src/base/tensor.js";
import { quantizationOf } from "../../src/network/quantization.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu, sigmoid } from "../../src/train/layers/elementWise.js";
import type { LayerSpec } from "../../src/train/layers/graph.js";
import { uniform } from "../../src/train/layers/initializers.js";
import { kMeansDistance } from "../../src/train/layers/kMeansDistance.js";
import { standardize } from "../../src/train/layers/normalization.js";
import { reconstructionError } from "../../src/train/layers/reconstructionError.js";
import { flatten } from "../../src/train/layers/reshape.js";
import { buildNetwork } from "../../src/train/network/network.js";

const random = new Random(8);
const noise = (count: number, shape: Shape, size = 1): Tensor =>
  Tensor.from(
    [count, ...shape],
    Array.from({ length: count * shape.reduce((a, b) => a * b, 1) }, () => size * random.normal()),
  );

/** An integer network of layers, with all that it makes of samples: its tensors' values by name. */
function quantized(layers: readonly LayerSpec[], samples: Tensor) {
  const float = buildNetwork("score", samples.shape.slice(1), layers, new Random(2));
  for (const layer of float.layers) {
    if (layer.kind === "normalization") layer.adapt(samples);
    if (layer.kind === "kMeansDistance")
      layer.fit([Float32Array.of(1, -1, 2), Float32Array.of(0, 2, 0.3)], random);
  }
  const network = quantizeNetwork(float, samples);
  const program = planProgram(network, { passes: false });
  const size = samples.data.length / samples.shape[0]!;
  const runs = Array.from({ length: samples.shape[0]! }, (_, sample) => {
    const real = samples.data.subarray(sample * size, (sample + 1) * size);
    const input = quantizeTensor(real, network.tensors[0]!);
    const values = new Map<string, readonly number[]>([["input", [...input]]]);
    const output = runProgram(program, input, (call, made) => values.set(call.output.name, [...made]));
    return { values, score: output[0]! };
  });
  return { float, network, runs };
}

const squares = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);

describe("the error of a reconstruction in integers", () => {
  const autoencoder = [
    dense(3),
    relu(),
    dense(8, { name: "decoder", weights: uniform(-0.3, 0.3) }),
    reconstructionError(),
  ];

  it("is the sum of squared steps from the int8 input, which the output's scale makes a mean", () => {
    const { network, runs } = quantized(autoencoder, noise(40, [8]));
    const [input, output] = [network.tensors[0]!, network.tensors.at(-1)!];
    expect([input.elementType, output.elementType, output.shape]).toEqual(["int8", "int32", [1]]);
    const { scale } = quantizationOf(input);
    expect(quantizationOf(output)).toEqual({ scale: Math.fround((scale * scale) / 8), zeroPoint: 0 });
    for (const { values, score } of runs) {
      expect(score).toBe(squares(values.get("input")!, values.get("decoder")!));
    }
  });

  it("is taken from what standardize makes of raw int16, not from the raw values", () => {
    const layers = [standardize({ name: "seen" }), flatten(), ...autoencoder];
    const { network, runs } = quantized(layers, noise(40, [4, 2], 500));
    expect(network.tensors[0]!.elementType).toBe("int16");
    for (const { values, score } of runs) {
      expect(score).toBe(squares(values.get("seen")!, values.get("decoder")!));
    }
  });

  it("brings a reconstruction that goes far beyond the input to its steps, which clamp it", () => {
    const weights = uniform(-30, 30);
    const layers = [
      dense(3),
      relu(),
      dense(8, { name: "decoder", weights }),
      reconstructionError({ name: "error" }),
    ];
    const { runs } = quantized(layers, noise(40, [8]));
    for (const { values, score } of runs) {
      expect(score).toBe(squares(values.get("input")!, values.get("decoder for error")!));
    }
  });

  it("brings a reconstruction of fixed steps to the input's", () => {
    const layers = [
      dense(3),
      relu(),
      dense(8),
      sigmoid({ name: "decoder" }),
      reconstructionError({ name: "error" }),
    ];
    const { network, runs } = quantized(layers, noise(40, [8]));
    expect(network.layers.map(({ kind }) => kind)).toContain("requantize");
    for (const { values, score } of runs) {
      expect(score).toBe(squares(values.get("input")!, values.get("decoder for error")!));
    }
  });

  it("is near the float network's", () => {
    const samples = noise(40, [8]);
    const { float, network, runs } = quantized(autoencoder, samples);
    const { scale } = quantizationOf(network.tensors.at(-1)!);
    const expected = float.forward(samples).data;
    // a difference d of values that are each off by a step or two of 1/40 changes its square by about d · 4/40
    for (const [sample, { score }] of runs.entries()) {
      expect(Math.abs(score * scale - expected[sample]!)).toBeLessThan(0.05 * (1 + expected[sample]!));
    }
  });
});

describe("the distance from centroids in integers", () => {
  it("is the least sum of squared steps from centroids in the input's steps", () => {
    const { network, runs } = quantized(
      [standardize(), kMeansDistance({ clusters: 2 })],
      noise(30, [3], 200),
    );
    const layer = network.layers.find(({ kind }) => kind === "nearestCentroid");
    if (layer?.kind !== "nearestCentroid") throw new Error("no such layer");
    const { scale, zeroPoint } = quantizationOf(network.tensors[layer.inputs[0]!]!);
    const centroids = [
      [1, -1, 2],
      [0, 2, 0.3],
    ].map((real) => real.map((value) => Math.round(value / scale) + zeroPoint));
    expect([...layer.centroids].sort((a, b) => a - b)).toEqual(centroids.flat().sort((a, b) => a - b));
    expect(quantizationOf(network.tensors.at(-1)!)).toEqual({
      scale: Math.fround(scale * scale),
      zeroPoint: 0,
    });
    for (const { values, score } of runs) {
      const seen = values.get(network.tensors[layer.inputs[0]!]!.name)!;
      expect(score).toBe(Math.min(...centroids.map((centroid) => squares(seen, centroid))));
    }
  });
});
