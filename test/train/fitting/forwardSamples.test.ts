import { expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { forEachBatch, forwardSamples } from "../../../src/train/fitting/forwardSamples.js";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { dense } from "../../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import { maxPool2d } from "../../../src/train/layers/pooling.js";
import { flatten } from "../../../src/train/layers/reshape.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { randomTensor } from "../gradientCheck.js";

const random = new Random(5);
const network = buildNetwork(
  "n",
  [6, 5, 2],
  [conv2d(9, 3), batchNorm(), relu(), depthwiseConv2d(3), maxPool2d(2), flatten(), dense(3)],
  random,
);
// two whole batches and a part of one
const samples = Tensor.from([300, 6, 5, 2], randomTensor([300, 6, 5, 2], random).data);

it("gives the bits of the plain loops, whoever computes", () => {
  const values = network.parameters().map(({ value }) => value);
  expect(forwardSamples(network, samples)).toEqual(network.forward(samples));
  expect(network.parameters().map(({ value }) => value)).toEqual(values);
});

it("shows every layer's values of every batch, the input's first", () => {
  const plain = network.forwardAll(samples);
  const found = [samples, ...plain].map(({ data }) => new Float32Array(data.length));
  const filled = found.map(() => 0);
  forEachBatch(network, samples, (activations) => {
    for (const [index, { data }] of activations.entries()) {
      found[index].set(data, filled[index]);
      filled[index] += data.length;
    }
  });
  expect(found).toEqual([samples, ...plain].map(({ data }) => data));
});
