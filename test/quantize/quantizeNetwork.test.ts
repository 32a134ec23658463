import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { networkHash } from "../../src/network/networkHash.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { QuantizedFullyConnected } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { chooseQuantization } from "../../src/quantize/activationQuantization.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { dequantizeTensor, quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { batchNorm } from "../../src/train/layers/batchNorm.js";
import { Dense, dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import type { LayerSpec } from "../../src/train/layers/graph.js";
import { fixedWeights } from "../../src/train/layers/initializers.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { buildNetwork, Network } from "../../src/train/network/network.js";

function oneDense(weights: readonly (readonly number[])[], bias: readonly number[]): Network {
  const shape = [weights.length, weights[0].length];
  const layer = new Dense("dense_1", Tensor.from(shape, weights.flat()), Tensor.from([bias.length], bias));
  return new Network("one", [shape[1]], "float32", [layer]);
}

function first(quantized: { layers: readonly unknown[] }): QuantizedFullyConnected {
  return quantized.layers[0] as QuantizedFullyConnected;
}

describe("chooseQuantization", () => {
  it("spreads 256 steps over the range and keeps 0 exact", () => {
    expect(chooseQuantization({ min: 0, max: 255 })).toEqual({ scale: 1, zeroPoint: -128 });
    expect(chooseQuantization({ min: -255, max: 0 })).toEqual({ scale: 1, zeroPoint: 127 });
    expect(chooseQuantization({ min: -100, max: 155 })).toEqual({ scale: 1, zeroPoint: -28 });
  });

  it("stands for what is always 0", () => {
    expect(chooseQuantization({ min: 0, max: 0 })).toEqual({ scale: 1, zeroPoint: 0 });
    expect(chooseQuantization({ min: 0, max: 1e-46 })).toEqual({ scale: 1, zeroPoint: 0 });
  });

  it("has float32 scales and whole zero points in −128..127, never −0, for any range", () => {
    const end = fc.double({ min: 0, max: 1e30, noNaN: true });
    fc.assert(
      fc.property(end, end, (low, high) => {
        const { scale, zeroPoint } = chooseQuantization({ min: -low, max: high });
        expect(scale).toBe(Math.fround(scale));
        expect(scale).toBeGreaterThan(0);
        expect(Number.isInteger(zeroPoint) && zeroPoint >= -128 && zeroPoint <= 127).toBe(true);
        expect(Object.is(zeroPoint, -0)).toBe(false);
      }),
      { seed: 6, numRuns: 500, examples: [[1, 1]], endOnFailure: true },
    );
  });
});

describe("quantizeTensor", () => {
  const step = { elementType: "int8", quantization: { scale: 0.5, zeroPoint: 10 } } as const;

  it("rounds ties away from zero and clamps", () => {
    // ±0.25 / 0.5 = ±0.5 → ±1; ±0.2 → 0
    expect([...quantizeTensor([0.25, -0.25, 0.2, -0.2, 1e9, -1e9], step)]).toEqual([
      11, 9, 10, 10, 127, -128,
    ]);
    expect([...dequantizeTensor(Int8Array.of(11, 9, 10, -128), step)]).toEqual([0.5, -0.5, 0, -69]);
  });

  it("refuses what is not a number", () => {
    expect(() => quantizeTensor([1, Number.NaN], step)).toThrow("value 1 is not a number");
  });
});

describe("quantizeNetwork", () => {
  const build = (layers: LayerSpec[]) => buildNetwork("n", [2], layers, new Random(2));
  const samples = Tensor.from([2, 2], [0, 1, -1, 0.5]);

  it("gives each output its own weight scale and the bias that of the accumulator", () => {
    // input −127.5..127.5 has scale 1 and zero point −0.5 → 0; 127/127 = 1 and 12.7/127 = 0.1
    const network = oneDense(
      [
        [127, -63.5],
        [-12.7, 6.35],
      ],
      [1000, -10],
    );
    const quantized = quantizeNetwork(network, Tensor.from([2, 2], [-127.5, 0, 127.5, 0]));
    const { weights, weightScales, bias, activationMin, activationMax } = first(quantized);
    expect(quantizationOf(quantized.tensors[0])).toEqual({ scale: 1, zeroPoint: 0 });
    expect(weightScales).toEqual([1, Math.fround(Math.fround(12.7) / 127)]);
    // −63.5 → −64, away from zero; 6.35 / 0.1 = 63.5 or a hair beside it, by float32
    expect([...weights].slice(0, 3)).toEqual([127, -64, -127]);
    expect([63, 64]).toContain(weights[3]);
    expect([...bias]).toEqual([1000, -100]);
    expect([activationMin, activationMax]).toEqual([-128, 127]);
  });

  it("makes a ReLU the clamp of the dense layer before it", () => {
    const quantized = quantizeNetwork(build([dense(3), relu(), dense(2), softmax()]), samples);
    expect(quantized.layers.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "fullyConnected dense_1",
      "fullyConnected dense_2",
      "softmax softmax_1",
    ]);
    expect(quantized.tensors.map(({ name }) => name)).toEqual(["input", "relu_1", "dense_2", "softmax_1"]);
    const { zeroPoint } = quantizationOf(quantized.tensors[1]);
    expect([zeroPoint, first(quantized).activationMin, first(quantized).activationMax]).toEqual([
      -128, -128, 127,
    ]);
    expect(quantizationOf(quantized.tensors[3])).toEqual({ scale: 1 / 256, zeroPoint: -128 });
  });

  it("quantizes outputs that are always 0 to values that stand for 0", () => {
    const dead = build([
      dense(2, {
        weights: fixedWeights([
          [0, 0],
          [0, 0],
        ]),
      }),
      relu(),
    ]);
    const quantized = quantizeNetwork(dead, samples);
    expect(first(quantized)).toMatchObject({ weightScales: [1, 1], activationMin: 0, activationMax: 127 });
    const output = runProgram(planProgram(quantized), Int8Array.of(127, -128));
    expect([...dequantizeTensor(output, quantized.tensors[1])]).toEqual([0, 0]);
  });

  it("raises the weight scale where the bias would pass 2^30", () => {
    const quantized = quantizeNetwork(oneDense([[0.5, 0.25]], [1e6]), Tensor.from([2, 2], [0, 0, 1, 1]));
    const { weights, weightScales, bias } = first(quantized);
    const inputScale = quantizationOf(quantized.tensors[0]).scale;
    // 1e6 / (1/255 · 2^30) = 0.237, where 0.5/127 would put the bias at 6.5e10
    expect(weightScales[0]).toBeCloseTo(0.2375, 4);
    expect(bias[0] / 2 ** 30).toBeCloseTo(1, 6);
    expect([...weights]).toEqual([2, 1]);
    expect(bias[0] * inputScale * weightScales[0]).toBeCloseTo(1e6, 0);
    expect(() => planProgram(quantized)).not.toThrow();
  });

  it("folds batch normalization", () => {
    const { layers } = quantizeNetwork(build([dense(2), batchNorm()]), samples);
    expect(layers.map(({ kind }) => kind)).toEqual(["fullyConnected"]);
  });

  it("keeps its hash through JSON, which knows no −0", () => {
    const symmetric = Tensor.from([2, 2], [-127.5, 0, 127.5, 0]);
    const quantized = quantizeNetwork(oneDense([[1, 1]], [0]), symmetric);
    const { tensors } = quantized;
    const stored = { ...quantized, tensors: JSON.parse(JSON.stringify(tensors)) as typeof tensors };
    expect(networkHash(stored)).toBe(networkHash(quantized));
  });

  it("stays near the float network on random weights", () => {
    const random = new Random(21);
    const network = build([dense(8), relu(), dense(3)]);
    const inputs = Array.from({ length: 200 }, () => random.normal());
    const quantized = quantizeNetwork(network, Tensor.from([100, 2], inputs));
    const [input, output] = [quantized.tensors[0], quantized.tensors.at(-1)!];
    const program = planProgram(quantized);
    const float = network.forward(Tensor.from([100, 2], inputs)).data;
    const errors = Array.from({ length: 100 }, (_, row) => {
      const sample = quantizeTensor(inputs.slice(row * 2, row * 2 + 2), input);
      const found = dequantizeTensor(runProgram(program, sample), output);
      return Math.max(...found.map((value, o) => Math.abs(value - float[row * 3 + o])));
    });
    // in steps of the output; measured 2.4: rounding of the input and of eight hidden values adds up
    expect(Math.max(...errors) / quantizationOf(output).scale).toBeLessThan(4);
  });
});
