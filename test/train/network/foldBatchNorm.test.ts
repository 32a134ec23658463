import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import type { Shape } from "../../../src/base/tensor.js";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { conv1d } from "../../../src/train/layers/conv1d.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { dense } from "../../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../../src/train/layers/graph.js";
import { add, concatenate } from "../../../src/train/layers/merge.js";
import { globalAveragePool2d } from "../../../src/train/layers/pooling.js";
import { foldBatchNorm } from "../../../src/train/network/foldBatchNorm.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { randomTensor } from "../gradientCheck.js";

/** A network with random running statistics, gammas and betas, and what is left when it is folded. */
function fold(inputShape: Shape, spec: NetworkSpec) {
  const random = new Random(1);
  const network = buildNetwork("n", inputShape, spec, random, "float64");
  for (const { value } of [...network.parameters(), ...network.statistics()]) {
    for (let k = 0; k < value.data.length; k++) value.data[k] += 0.5 * random.uniform();
  }
  const folded = foldBatchNorm(network);
  const input = randomTensor([3, ...inputShape], random);
  const [before, after] = [network.forward(input).data, folded.forward(input).data];
  before.forEach((value, k) => {
    expect(Math.abs(after[k] - value)).toBeLessThan(1e-13 * Math.max(1, Math.abs(value))); // a few roundings
  });
  return folded.layers.map(({ kind }) => kind);
}

describe("batch normalization", () => {
  it.each<[string, Shape, NetworkSpec, string[]]>([
    ["a dense layer", [4], [dense(3), batchNorm(), relu()], ["dense", "relu"]],
    ["a layer without bias", [4], [dense(3, { bias: false }), batchNorm()], ["dense"]],
    [
      "convolutions of all kinds",
      [5, 4, 2],
      [conv2d(3, 3), batchNorm(), depthwiseConv2d(2, { multiplier: 2 }), batchNorm(), relu()],
      ["conv2d", "depthwiseConv2d", "relu"],
    ],
    ["a convolution of a series", [6, 2], [conv1d(3, 3), batchNorm()], ["conv1d"]],
    ["one after the other", [4], [dense(3), batchNorm(), batchNorm()], ["dense"]],
    [
      "branches, and what comes after is connected anew",
      [4, 4, 2],
      (x) => {
        const a = relu()(batchNorm()(conv2d(2, 3)(x)));
        const b = batchNorm()(conv2d(2, 3)(dropout(0.5)(a)));
        return globalAveragePool2d()(concatenate(add(a, b), x));
      },
      ["conv2d", "relu", "conv2d", "add", "concatenate", "globalAveragePool2d"],
    ],
  ])("folds into %s", (_, inputShape, spec, kinds) => {
    expect(fold(inputShape, spec)).toEqual(kinds);
  });

  it.each<[string, Shape, NetworkSpec, string[]]>([
    ["at the network's input", [4], [batchNorm(), dense(2)], ["batchNorm", "dense"]],
    ["after an activation", [4], [dense(2), relu(), batchNorm()], ["dense", "relu", "batchNorm"]],
    [
      "where another layer takes what it takes",
      [4],
      (x) => {
        const a = dense(3)(x);
        return add(batchNorm()(a), a);
      },
      ["dense", "batchNorm", "add"],
    ],
    [
      "where another layer takes it behind a dropout",
      [4],
      (x) => {
        const a = dense(3)(x);
        return add(batchNorm()(dropout(0.5)(a)), a);
      },
      ["dense", "batchNorm", "add"],
    ],
  ])("stays %s", (_, inputShape, spec, kinds) => {
    expect(fold(inputShape, spec)).toEqual(kinds);
  });

  it("folded leaves the trained network as it is", () => {
    const network = buildNetwork("n", [4], [dense(3), batchNorm()], new Random(1), "float64");
    const before = network.parameters().map(({ value }) => [...value.data]);
    network.statistics()[1].value.data.fill(4);
    foldBatchNorm(network);
    expect(network.parameters().map(({ value }) => [...value.data])).toEqual(before);
  });
});
