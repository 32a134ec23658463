import { expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { BoundaryRecorder, hasBoundary } from "../../src/report/boundaryRecorder.js";
import { dense } from "../../src/train/layers/dense.js";
import { fixedWeights } from "../../src/train/layers/initializers.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../src/train/network/network.js";

/** Class 1 where the first input is above the second. */
const corners = {
  inputs: Tensor.from([4, 2], [0, 0, 1, 0, 0, 1, 1, 1]),
  targets: Uint8Array.of(0, 1, 0, 0),
};

const dividing = (classes = 2) =>
  buildNetwork(
    "line",
    [2],
    [
      dense(classes, { weights: fixedWeights(Array.from({ length: classes }, (_, c) => [9 * c, -9 * c])) }),
      softmax(),
    ],
    new Random(1),
  );

it("draws the share of the second class over the samples' extent, rows from the bottom", () => {
  const recorder = new BoundaryRecorder(dividing(), corners, 10, softmaxCrossEntropy());
  const { gridSize, x, y, frames } = recorder.finish(0);
  expect(x).toEqual([-0.12, 1.12]);
  expect(y).toEqual([-0.12, 1.12]);
  const at = (row: number, column: number) => frames[0].shares[row * gridSize + column];
  expect(at(0, gridSize - 1)).toBe(255); // first input large, second small
  expect(at(gridSize - 1, 0)).toBe(0);
  expect(Math.abs(at(20, 20) - 127.5)).toBeLessThan(1); // level on the diagonal; a share is rounded to a byte
});

it.each([
  [1, 2, 2],
  [60, 2, 60],
  [100_000, 2, 60],
  [100_000, 10, 10],
])("keeps for %i epochs and %i classes %i frames at most, 200 kB in all", (epochs, classes, most) => {
  const recorder = new BoundaryRecorder(dividing(classes), corners, epochs, softmaxCrossEntropy());
  for (let epoch = 0; epoch <= epochs; epoch++) recorder.record(epoch);
  const { frames } = recorder.finish(epochs);
  expect(frames.length).toBeLessThanOrEqual(most);
  expect(frames.length).toBeGreaterThan(0.7 * most);
  expect(frames.reduce((sum, { shares }) => sum + shares.length, 0)).toBeLessThanOrEqual(200_000);
  expect(frames[0].epoch).toBe(0);
  expect(frames.at(-1)?.epoch).toBe(epochs);
});

it("ends with the epoch that was kept", () => {
  const recorder = new BoundaryRecorder(dividing(), corners, 20, softmaxCrossEntropy());
  for (let epoch = 0; epoch <= 20; epoch++) recorder.record(epoch);
  const epochs = recorder.finish(7).frames.map(({ epoch }) => epoch);
  expect(epochs).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it("goes on from its state", () => {
  const [cut, whole] = [1, 2].map(() => new BoundaryRecorder(dividing(), corners, 20, softmaxCrossEntropy()));
  for (let epoch = 0; epoch <= 20; epoch++) whole.record(epoch);
  for (let epoch = 0; epoch <= 9; epoch++) cut.record(epoch);
  const resumed = new BoundaryRecorder(dividing(), corners, 20, softmaxCrossEntropy());
  resumed.restore(cut.state());
  for (let epoch = 10; epoch <= 20; epoch++) resumed.record(epoch);
  expect(resumed.finish(20)).toEqual(whole.finish(20));
});

it("is for two inputs and classes only", () => {
  expect(hasBoundary(dividing(), corners)).toBe(true);
  const three = buildNetwork("n", [3], [dense(2)], new Random(1));
  expect(hasBoundary(three, { ...corners, inputs: Tensor.zeros([4, 3], "float32") })).toBe(false);
  const one = buildNetwork("n", [2], [dense(1)], new Random(1));
  expect(hasBoundary(one, { ...corners, targets: Tensor.from([4, 1], [0, 0.3, 1, 2]) })).toBe(false);
});
