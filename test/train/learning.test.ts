import { describe, expect, it } from "vitest";
import { functionOfTwo } from "../../examples/boolean/booleanExperiment.js";
import lenet from "../../examples/lenet/experiment.js";
import neurons from "../../examples/neurons/experiment.js";
import { parity } from "../../examples/parity/experiment.js";
import separable from "../../examples/separable/experiment.js";
import { shapeExperiment } from "../../examples/shapes/experiment.js";
import { sineExperiment } from "../../examples/sine/experiment.js";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { trainExperiment } from "../../src/experiment/trainExperiment.js";
import { evaluate } from "../../src/train/fitting/evaluate.js";
import { dense } from "../../src/train/layers/dense.js";
import { sigmoid } from "../../src/train/layers/elementWise.js";
import { foldBatchNorm } from "../../src/train/network/foldBatchNorm.js";
import { buildNetwork } from "../../src/train/network/network.js";

async function testMetrics(experiment: Experiment) {
  const { test } = await trainExperiment(experiment);
  return test?.metrics ?? {};
}

describe("an experiment learns, from its seed every time,", () => {
  it.each(Array.from({ length: 16 }, (_, number) => number))(
    "Boolean function %i of two inputs",
    async (number) => {
      expect(await testMetrics(functionOfTwo(number))).toEqual({ accuracy: 1 });
    },
  );

  it("exclusive or not at all without a hidden layer: no line has all four points on the right side", async () => {
    const withoutHidden = { ...functionOfTwo(6), network: [dense(1), sigmoid()] };
    expect((await testMetrics(withoutHidden)).accuracy).toBeLessThanOrEqual(0.75);
    expect(await testMetrics({ ...functionOfTwo(7), network: [dense(1), sigmoid()] })).toEqual({
      accuracy: 1,
    });
  });

  it.each([3, 4])("the parity of %i inputs", async (inputs) => {
    expect(await testMetrics(parity(inputs))).toEqual({ accuracy: 1 });
  });

  it.each([
    ["rings", 0.99],
    ["moons", 0.99],
    ["spirals", 0.97],
  ] as const)("%s, on points it has not seen", async (name, least) => {
    expect((await testMetrics(shapeExperiment(name))).accuracy).toBeGreaterThanOrEqual(least);
  });

  it("a sine, the better the wider its hidden layer is", async () => {
    const errors: number[] = [];
    for (const width of [1, 3, 8]) {
      errors.push((await testMetrics(sineExperiment(width))).rootMeanSquaredError);
    }
    expect(errors[1]).toBeLessThan(errors[0] / 2);
    expect(errors[2]).toBeLessThan(errors[1]);
    expect(errors[2]).toBeLessThan(0.01);
  });

  it("four people apart, by two sigmoids", async () => {
    expect(await testMetrics(neurons)).toEqual({ accuracy: 1 });
  });
});

describe("the convolutional examples are of the size they say", () => {
  it.each([
    ["lenet", lenet, 61_706, 416_520],
    ["separable", separable, 1_770, 75_976],
  ] as const)("%s", (_, { name, network, loss }, parameters, macs) => {
    const built = buildNetwork(name, [784], network, new Random(1));
    const folded = foldBatchNorm(built);
    expect([folded.parameterCount, folded.macs, folded.outputShape]).toEqual([parameters, macs, [10]]);
    const digits = { inputs: Tensor.zeros([2, 784], "float32"), targets: Uint8Array.of(3, 7) };
    // ten scores of about equal size: near ln 10
    expect(Math.abs(evaluate(built, digits, loss).loss - Math.log(10))).toBeLessThan(0.1);
  });
});
