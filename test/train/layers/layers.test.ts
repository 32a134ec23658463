import { describe, expect, it } from "vitest";
import { Tensor } from "../../../src/base/tensor.js";
import { type BatchNorm, batchNorm } from "../../../src/train/layers/batchNorm.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import * as functions from "../../../src/train/layers/elementWise.js";
import { Pass } from "../../../src/train/network/pass.js";
import { build, run } from "../runLayers.js";

describe("functions of one value", () => {
  it.each([
    ["linear", functions.linear(), [-4, -1, 0, 2, 7]],
    ["step", functions.step(), [0, 0, 1, 1, 1]],
    ["relu", functions.relu(), [0, 0, 0, 2, 7]],
    ["relu6", functions.relu6(), [0, 0, 0, 2, 6]],
    ["leakyRelu", functions.leakyRelu({ slope: 0.25 }), [-1, -0.25, 0, 2, 7]],
    ["hardSigmoid", functions.hardSigmoid(), [0, 2 / 6, 0.5, 5 / 6, 1]],
    ["hardSwish", functions.hardSwish(), [-0, -2 / 6, 0, 10 / 6, 7]],
    ["tanh", functions.tanh(), [-4, -1, 0, 2, 7].map(Math.tanh)],
  ])("%s", (_, layer, expected) => {
    expect(run([5], [layer], [-4, -1, 0, 2, 7]).values).toEqual(expected);
  });

  it("sigmoid does not overflow at either end", () => {
    expect(run([3], [functions.sigmoid()], [-1000, 0, 1000]).values).toEqual([0, 0.5, 1]);
  });
});

describe("batchNorm", () => {
  const samples = Tensor.from([4, 2], [1, 10, 3, 10, 5, 10, 7, 10], "float64");

  it("while fitting makes the batch's mean 0 and its variance 1", () => {
    const pass = new Pass(build([2], [batchNorm({ epsilon: 1e-12 })]), 4, { isTraining: true });
    // mean 4, variance (9 + 1 + 1 + 9) / 4 = 5; the second channel does not vary
    const expected = [-3, 0, -1, 0, 1, 0, 3, 0].map((value) => value / Math.sqrt(5));
    pass.forward(samples).data.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k], 11); // epsilon
    });
  });

  it("moves its running statistics towards the batch's, and uses them when not fitting", () => {
    const network = build([2], [batchNorm({ momentum: 0.75, epsilon: 0.25 })]);
    const { runningMean, runningVariance } = network.layers[0] as BatchNorm;
    new Pass(network, 4, { isTraining: true }).forward(samples);
    // 0.75 · 0 + 0.25 · 4; 0.75 · 1 + 0.25 · 5
    expect([...runningMean.data]).toEqual([1, 2.5]);
    expect([...runningVariance.data]).toEqual([2, 0.75]);
    // (4 − 1) / √(2 + 0.25), (5.5 − 2.5) / √(0.75 + 0.25)
    expect([...network.forward(Tensor.from([1, 2], [4, 5.5], "float64")).data]).toEqual([2, 3]);
    expect([...runningMean.data]).toEqual([1, 2.5]);
  });
});

describe("dropout", () => {
  const ones = Tensor.from([1, 1000], Array(1000).fill(1), "float64");

  it("leaves values alone when not fitting", () => {
    expect([...build([1000], [dropout(0.5)]).forward(ones).data]).toEqual([...ones.data]);
  });

  it("while fitting drops its share and scales what stays, so that the mean stays", () => {
    const pass = new Pass(build([1000], [dropout(0.2)]), 1, { isTraining: true });
    const first = [...pass.forward(ones).data];
    const dropped = first.filter((value) => value === 0).length;
    // binomial, σ = √(1000 · 0.2 · 0.8) = 12.6; five of them
    expect(Math.abs(dropped - 200)).toBeLessThan(64);
    expect(new Set(first)).toEqual(new Set([0, 1.25]));
    expect([...pass.forward(ones).data]).not.toEqual(first);
  });

  it("draws the same for the same seed, and each layer its own", () => {
    const masks = () => {
      const network = build([1000], [dropout(0.5), dropout(0.5)]);
      const pass = new Pass(network, 1, { isTraining: true });
      pass.forward(ones);
      return pass.outputs.map(({ data }) => [...data]);
    };
    const [first, both] = masks();
    expect(masks()).toEqual([first, both]);
    // a second layer that dropped the same would leave 4 wherever the first left 2
    expect(both.filter((value) => value === 4).length).toBeLessThan(350);
  });
});
