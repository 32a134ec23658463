import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.js";
import { type Shape, Tensor } from "../../src/tensor.js";
import type { Activation, NetworkSpec } from "../../src/train/graph.js";
import { fixedWeights } from "../../src/train/initializers.js";
import { type BatchNorm, batchNorm } from "../../src/train/layers/batchNorm.js";
import { conv1d } from "../../src/train/layers/conv1d.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { dense } from "../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../src/train/layers/depthwiseConv2d.js";
import { dropout } from "../../src/train/layers/dropout.js";
import * as functions from "../../src/train/layers/elementWise.js";
import { add, concatenate } from "../../src/train/layers/merge.js";
import {
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  maxPool1d,
  maxPool2d,
} from "../../src/train/layers/pooling.js";
import { flatten, reshape } from "../../src/train/layers/reshape.js";
import { buildNetwork } from "../../src/train/network.js";
import { Pass } from "../../src/train/pass.js";
import { userError } from "./userError.js";

const build = (inputShape: Shape, spec: NetworkSpec) =>
  buildNetwork("n", inputShape, spec, new Random(1), "float64");

/** What the layers give for one sample. */
function run(inputShape: Shape, spec: NetworkSpec, values: readonly number[]) {
  const network = build(inputShape, spec);
  const output = network.forward(Tensor.from([1, ...inputShape], values, "float64"));
  return { shape: network.outputShape, values: [...output.data], macs: network.macs };
}

const count = (length: number) => Array.from({ length }, (_, index) => index + 1);

describe("conv2d", () => {
  // filter [[1, 0], [0, 10]] over 1..9: 1·here + 10·(one row down, one column right)
  const weights = fixedWeights([
    [
      [[1], [0]],
      [[0], [10]],
    ],
  ]);

  it("without padding stays inside", () => {
    expect(run([3, 3, 1], [conv2d(1, 2, { weights, padding: "valid" })], count(9))).toEqual({
      shape: [2, 2, 1],
      values: [51, 62, 84, 95],
      macs: 16,
    });
  });

  it("pads an even filter at the end, as TensorFlow does", () => {
    expect(run([3, 3, 1], [conv2d(1, 2, { weights })], count(9)).values).toEqual([
      51, 62, 3, 84, 95, 6, 7, 8, 9,
    ]);
  });

  it("with a stride takes every other position, padded at the end only where the filter passes it", () => {
    // 4 wide, stride 2, filter 3: one column is missing, and it is the last
    const row = fixedWeights([[[[1], [1], [1]]]]);
    expect(run([1, 4, 1], [conv2d(1, [1, 3], { weights: row, stride: [1, 2] })], count(4)).values).toEqual([
      6, 7,
    ]);
    // 5 wide: two are missing, one at each end
    expect(run([1, 5, 1], [conv2d(1, [1, 3], { weights: row, stride: [1, 2] })], count(5)).values).toEqual([
      3, 9, 9,
    ]);
  });

  it("with dilation reaches further", () => {
    // 1·here + 10·(two rows down, two columns right)
    expect(
      run([3, 3, 1], [conv2d(1, 2, { weights, dilation: 2, padding: "valid" })], count(9)).values,
    ).toEqual([91]);
  });

  it("takes given padding", () => {
    const padding = { top: 1, bottom: 0, left: 1, right: 0 };
    expect(run([2, 2, 1], [conv2d(1, 2, { weights, padding })], count(4))).toMatchObject({
      shape: [2, 2, 1],
      values: [10, 20, 30, 41],
    });
  });

  it("sums over channels and has one output for each filter", () => {
    const twoFilters = fixedWeights([[[[1, 2]]], [[[3, -1]]]]);
    // pixels (1, 2) and (3, 4): 1·1 + 2·2, 3·1 − 1·2; 3 + 8, 9 − 4
    expect(run([1, 2, 2], [conv2d(2, 1, { weights: twoFilters })], count(4)).values).toEqual([5, 1, 11, 5]);
  });
});

describe("conv1d", () => {
  it("is a convolution of one row", () => {
    const weights = fixedWeights([[[1], [0], [-1]]]);
    expect(run([5, 1], [conv1d(1, 3, { weights })], [1, 4, 9, 16, 25])).toEqual({
      shape: [5, 1],
      values: [-4, -8, -12, -16, 16],
      macs: 15,
    });
  });
});

describe("depthwiseConv2d", () => {
  it("keeps channels apart, each with its filters side by side", () => {
    // [1, 1, 2 columns, 2 channels · 2]: channel 0 by 1 and 10, channel 1 by 2 and 20, first and second column
    const weights = fixedWeights([
      [
        [
          [1, 10, 2, 20],
          [0, 1, 0, 1],
        ],
      ],
    ]);
    const layers = [depthwiseConv2d([1, 2], { weights, multiplier: 2, padding: "valid" })];
    // pixels (1, 2), (3, 4): 1·1, 10·1 + 1·3, 2·2, 20·2 + 1·4
    expect(run([1, 2, 2], layers, count(4))).toEqual({ shape: [1, 1, 4], values: [1, 13, 4, 44], macs: 8 });
  });
});

describe("pooling", () => {
  it("takes the largest of each window", () => {
    expect(run([2, 4, 1], [maxPool2d(2)], [1, 5, 2, 0, 3, 4, 8, 7])).toMatchObject({
      shape: [1, 2, 1],
      values: [5, 8],
    });
    expect(run([5, 1], [maxPool1d(2)], [1, 5, 2, 0, 3]).values).toEqual([5, 2]);
  });

  it("never takes padding for a value, be all values negative", () => {
    expect(run([1, 3, 1], [maxPool2d([1, 2], { padding: "same" })], [-3, -1, -2]).values).toEqual([-1, -2]);
  });

  it("does not count padding in a mean", () => {
    expect(run([1, 3, 1], [averagePool2d([1, 2], { padding: "same" })], [3, 1, 8]).values).toEqual([2, 8]);
  });

  it("gives the derivative to the first of equal largest values", () => {
    const network = build([1, 2, 1], [maxPool2d([1, 2])]);
    const pass = new Pass(network, 1);
    const gradient = Tensor.zeros([1, 1, 2, 1], "float64");
    pass.forward(Tensor.from([1, 1, 2, 1], [4, 4], "float64"));
    pass.backward(Tensor.from([1, 1, 1, 1], [1], "float64"), gradient);
    expect([...gradient.data]).toEqual([1, 0]);
  });

  it("over everything leaves one value a channel", () => {
    expect(run([2, 2, 2], [globalAveragePool2d()], count(8))).toMatchObject({ shape: [2], values: [4, 5] });
    expect(run([2, 3], [globalAveragePool1d()], count(6))).toMatchObject({
      shape: [3],
      values: [2.5, 3.5, 4.5],
    });
  });
});

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

describe("graphs", () => {
  it("run each layer after all it takes, named in that order", () => {
    const network = build([4], (x) => {
      const a = dense(4)(x);
      const b = functions.relu()(dense(4)(a));
      return dense(2)(concatenate(add(a, b), x));
    });
    expect(network.layers.map(({ name }, index) => [name, network.connections[index]])).toEqual([
      ["dense_1", [0]],
      ["dense_2", [1]],
      ["relu_1", [2]],
      ["add_1", [1, 3]],
      ["concatenate_1", [4, 0]],
      ["dense_3", [5]],
    ]);
    expect(network.outputShape).toEqual([2]);
  });

  it("add and join what they are given", () => {
    const twice = fixedWeights([[2]]);
    const graph = (x: Activation) => concatenate(add(dense(1, { weights: twice })(x), x), x);
    expect(run([1], graph, [5]).values).toEqual([15, 5]);
  });

  it("leave out what does not reach the output", () => {
    const network = build([2], (x) => {
      dense(100)(x);
      return dense(1)(x);
    });
    expect(network.parameterCount).toBe(3);
  });

  it("give a list's network for a list's layers", () => {
    const layers = [dense(3), functions.relu()] as const;
    const [list, graph] = [build([2], layers), build([2], (x) => layers[1](layers[0](x)))];
    expect(graph.parameters().map(({ value }) => value.data)).toEqual(
      list.parameters().map(({ value }) => value.data),
    );
  });

  it("reshape and flatten keep the order of numbers", () => {
    expect(run([6], [reshape([2, 3, 1]), flatten()], count(6))).toMatchObject({
      shape: [6],
      values: count(6),
    });
  });
});

describe("layers refuse", () => {
  it.each<[string, () => unknown, string]>([
    [
      "a flat input where an image is wanted",
      () => build([4], [conv2d(1, 1)]),
      'layer "conv2d_1" takes [height, width, channels], found [4]',
    ],
    [
      "an image where a series is wanted",
      () => build([4, 4, 1], [conv1d(1, 1)]),
      'layer "conv1d_1" takes [length, channels], found [4, 4, 1]',
    ],
    [
      "an image smaller than the filter",
      () => build([4, 2, 1], [conv2d(1, 3, { padding: "valid" })]),
      'layer "conv2d_1": width is 2 with its padding; the window reaches over 3',
    ],
    [
      "padding that no window stands on",
      () => build([4, 4, 1], [maxPool2d(2, { padding: 2 })]),
      'layer "maxPool2d_1": height is padded by 2; the window reaches over 2',
    ],
    ["no filters", () => conv2d(0, 3), "conv2d(filters, size): filters must be an integer above 0, found 0"],
    [
      "half a stride",
      () => conv2d(1, 3, { stride: 0.5 }),
      "conv2d: stride must be an integer above 0, found 0.5",
    ],
    [
      "negative padding",
      () => conv2d(1, 3, { padding: -1 }),
      'conv2d: padding must be "same", "valid" or integers of 0 or more, found -1',
    ],
    [
      "half a multiplier",
      () => depthwiseConv2d(3, { multiplier: 0.5 }),
      "depthwiseConv2d: multiplier must be an integer above 0, found 0.5",
    ],
    [
      "another number of elements",
      () => build([6], [reshape([2, 2])]),
      'layer "reshape_1" cannot make [2, 2] (4 elements) of [6] (6 elements)',
    ],
    ["a size of 0", () => reshape([0]), "reshape(shape): sizes must be integers above 0, found 0"],
    [
      "a sum of different shapes",
      () => build([2], (x) => add(dense(3)(x), x)),
      'layer "add_1" adds inputs of one shape, found [3] and [2]',
    ],
    ["a sum of one", () => build([2], (x) => add(x)), 'layer "add_1" takes two inputs or more, found 1'],
    [
      "to join images of different sizes",
      () => build([4, 4, 1], (x) => concatenate(maxPool2d(2)(x), x)),
      'layer "concatenate_1" joins inputs that differ in channels only, found [2, 2, 1] and [4, 4, 1]',
    ],
    ["to drop everything", () => dropout(1), "dropout(rate): rate must be 0 or more and below 1, found 1"],
    ["no epsilon", () => batchNorm({ epsilon: 0 }), "batchNorm: epsilon must be above 0, found 0"],
    [
      "momentum 1",
      () => batchNorm({ momentum: 1 }),
      "batchNorm: momentum must be 0 or more and below 1, found 1",
    ],
    [
      "a slope of 1",
      () => functions.leakyRelu({ slope: 1 }),
      "leakyRelu: slope must be 0 or more and below 1, found 1",
    ],
    [
      "to be called on a layer",
      () => build([2], () => dense(1)(functions.relu() as never)),
      "a dense layer is called on a relu layer, not on what a layer gives",
    ],
    [
      "a graph that returns nothing",
      () => build([2], (() => undefined) as never),
      "the network's function ends on nothing, not on what a layer gives",
    ],
    ["a graph without layers", () => build([2], (x) => x), 'network "n" has no layers'],
  ])("%s", (_, create, message) => {
    expect(create).toThrow(userError(message));
  });
});
