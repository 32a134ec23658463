import { expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { defineExperiment } from "../../src/experiment/experiment.js";
import { trainCandidate } from "../../src/search/trainCandidate.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { maxPool2d } from "../../src/train/layers/pooling.js";
import { flatten } from "../../src/train/layers/reshape.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";

const random = new Random(1);
const part = {
  inputs: Tensor.from(
    [40, 8, 8, 1],
    Array.from({ length: 40 * 64 }, () => random.uniform()),
  ),
  targets: Uint8Array.from({ length: 40 }, (_, index) => index % 2),
};
const data = { train: part, validation: part };

it("a convolutional candidate is told with its products, tables and arena, and with one course of progress", async () => {
  const experiment = defineExperiment({
    name: "small",
    seed: 1,
    data,
    network: [conv2d(3, 3, { padding: "valid" }), relu(), maxPool2d(2), flatten(), dense(2), softmax()],
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.01 }),
    epochs: 2,
    batchSize: 8,
    metrics: [accuracy],
    quantize: { aware: { epochs: 3 } },
  });
  const shares: number[] = [];
  const { outcome, model } = await trainCandidate(
    experiment,
    { data, judgedBy: "validation" },
    { metric: "accuracy", isMaximized: true },
    { number: 1, values: {} },
    (share) => shares.push(share),
    () => 0, // a clock that stands still: progress is told at the end of each epoch
  );
  // 6 x 6 positions of 3 filters of 9 weights, and 2 outputs of 3 x 3 x 3
  expect(outcome.macs).toBe(36 * 27 + 54);
  expect(outcome.macs).toBe(model.network.macs);
  expect(outcome.parameters).toBe(27 + 3 + 54 + 2);
  // weights and biases are among the tables, input and output of the convolution in the arena
  expect(outcome.flashBytes).toBeGreaterThanOrEqual(27 + 54 + 4 * 5);
  expect(outcome.ramBytes).toBeGreaterThanOrEqual(36 * 3);
  expect(outcome.ramBytes).toBeLessThanOrEqual(2 * (64 + 36 * 3));
  // 2 epochs, and 3 with rounding
  expect(shares).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
});
