import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { evaluateProgram, trainModel } from "../../src/experiment/trainModel.js";
import { onlyInput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { evaluate } from "../../src/train/fitting/evaluate.js";
import { rSquared } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import type { Network } from "../../src/train/network/network.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

const samples = 400;
const random = new Random(3);
const inputs = new Tensor(
  [samples, 2],
  Float32Array.from({ length: 2 * samples }, () => random.normal()),
);

/** middle + factor · (2a − b) */
function targetsAt(middle: number, factor: number): Tensor {
  const { data } = inputs;
  const values = Array.from(
    { length: samples },
    (_, i) => middle + factor * (2 * data[2 * i] - data[2 * i + 1]),
  );
  return Tensor.from([samples, 1], values);
}

/** Trained on 2a − b; training on values far from 0 is another matter. */
async function trainNearZero(): Promise<Network> {
  const train = { inputs, targets: targetsAt(0, 1) };
  const { model } = await trainModel({
    ...{ name: "far", seed: 1, data: { train }, network: [dense(8), relu(), dense(1)] },
    ...{ loss: meanSquaredError(), optimizer: adam({ learningRate: 0.02 }), epochs: 20, batchSize: 16 },
  });
  return model.network;
}

describe("an output far from 0", () => {
  it.each([
    [0, 1],
    [300, 1],
    [101325, 100],
    [-5000, 3],
  ])("has steps for what it is, not for its distance to 0: %d + %d · (2a − b)", async (middle, factor) => {
    const shifted = await trainNearZero();
    const [weights, bias] = shifted.layers.at(-1)!.parameters;
    for (let i = 0; i < weights.value.data.length; i++) weights.value.data[i] *= factor;
    bias.value.data[0] = factor * bias.value.data[0] + middle;
    const data = { inputs, targets: targetsAt(middle, factor) };
    expect(evaluate(shifted, data, meanSquaredError(), [rSquared]).metrics.rSquared).toBeGreaterThan(0.995);
    const quantized = quantizeNetwork(shifted, inputs);
    const program = planProgram(quantized);
    expect((await evaluateProgram(program, data, [rSquared])).rSquared).toBeGreaterThan(0.99);
    // 256 steps over about 6 deviations of sqrt(5) · factor each way
    const { scale } = quantizationOf(quantized.tensors.at(-1)!);
    expect(scale / factor).toBeLessThan(0.1);
    for (const optimize of optimizeModes) {
      const planned = planProgram(quantized, { optimize });
      const rows = Array.from({ length: 20 }, (_, i) =>
        quantizeTensor(inputs.data.subarray(2 * i, 2 * i + 2), onlyInput(planned)),
      );
      const ends = [-128, 127].flatMap((a) => [-128, 127].map((b) => Int8Array.of(a, b)));
      expect(runGenerated(planned, [...rows, ...ends])).toEqual(runOracle(planned, [...rows, ...ends]));
    }
  });

  it.each([
    [300, 1, 0.02],
    [101325, 100, 1],
  ])(
    "is trained from there: %d + %d · (2a − b) in int8 as in float",
    async (middle, factor, learningRate) => {
      const data = { inputs, targets: targetsAt(middle, factor) };
      const { test, testInt8 } = await trainModel({
        ...{ name: "far", seed: 1, data: { train: data, test: data }, metrics: [rSquared] },
        ...{ network: [dense(8), relu(), dense(1)], loss: meanSquaredError() },
        ...{ optimizer: adam({ learningRate }), epochs: 40, batchSize: 16 },
      });
      expect(test?.metrics.rSquared).toBeGreaterThan(0.995);
      expect(testInt8?.rSquared).toBeGreaterThanOrEqual(0.99);
    },
  );
});
