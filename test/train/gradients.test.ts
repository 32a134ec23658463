import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.js";
import { type Shape, Tensor } from "../../src/tensor.js";
import type { Targets } from "../../src/train/dataset.js";
import type { LayerSpec } from "../../src/train/graph.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { softmax } from "../../src/train/layers/softmax.js";
import type { Loss } from "../../src/train/loss.js";
import { meanSquaredError } from "../../src/train/meanSquaredError.js";
import { buildNetwork, type Network } from "../../src/train/network.js";
import { Pass } from "../../src/train/pass.js";
import { softmaxCrossEntropy } from "../../src/train/softmaxCrossEntropy.js";

/*
 * Central differences have an error of step²/6 · third derivative and of about 1e-16 / step · loss from rounding: with
 * step 1e-5 and values near 1 both stay below 1e-10. 1e-7 of the largest derivative leaves room for large third
 * derivatives and is far below what a wrong formula gives.
 */
const step = 1e-5;
const tolerance = 1e-7;

function randomTensor(shape: Shape, random: Random): Tensor {
  const tensor = Tensor.zeros(shape, "float64");
  for (let index = 0; index < tensor.data.length; index++) tensor.data[index] = random.normal();
  return tensor;
}

/** Largest difference between analytic and central-difference derivatives, relative to the largest derivative. */
function gradientError(network: Network, input: Tensor, targets: Targets, loss: Loss): number {
  const pass = new Pass(network, input.shape[0]);
  const lossNow = (gradient?: Tensor) =>
    loss.evaluate(pass.forward(input), targets, gradient && { gradient });
  const outputGradient = Tensor.zeros([input.shape[0], ...network.outputShape], "float64");
  const inputGradient = Tensor.zeros(input.shape, "float64");
  lossNow(outputGradient);
  pass.backward(outputGradient, inputGradient);
  const checked = [{ value: input, gradient: inputGradient }, ...network.parameters()];
  let largestError = 0;
  let largest = 0;
  for (const { value, gradient } of checked) {
    value.data.forEach((original, index) => {
      value.data[index] = original + step;
      const above = lossNow();
      value.data[index] = original - step;
      const below = lossNow();
      value.data[index] = original;
      const numeric = (above - below) / (2 * step);
      largestError = Math.max(largestError, Math.abs(numeric - gradient.data[index]));
      largest = Math.max(largest, Math.abs(numeric));
    });
  }
  expect(largest).toBeGreaterThan(1e-3); // else nothing was checked
  return largestError / largest;
}

function check(inputShape: Shape, layers: readonly LayerSpec[], targets: Targets, loss: Loss): void {
  const random = new Random(3);
  const network = buildNetwork("checked", inputShape, layers, random, "float64");
  const samples = targets instanceof Tensor ? targets.shape[0] : targets.length;
  const input = randomTensor([samples, ...inputShape], random);
  expect(gradientError(network, input, targets, loss)).toBeLessThan(tolerance);
}

describe("gradients agree with central differences", () => {
  const reals = (outputs: number) => randomTensor([5, outputs], new Random(7));
  const labels = Int32Array.of(0, 2, 1, 2, 0);

  it("for dense under mean squared error", () => {
    check([4], [dense(6)], reals(6), meanSquaredError());
  });
  it("for dense without bias, under halved mean squared error", () => {
    check([4], [dense(3, { bias: false })], reals(3), meanSquaredError({ halved: true }));
  });
  it("for ReLU", () => {
    check([4], [dense(7), relu(), dense(2)], reals(2), meanSquaredError());
  });
  it("for softmax as a layer of its own", () => {
    check([4], [dense(3), softmax()], reals(3), meanSquaredError());
  });
  it("for softmax over the last axis of several", () => {
    check([3, 4], [softmax()], randomTensor([5, 3, 4], new Random(7)), meanSquaredError());
  });
  it("for softmax cross-entropy of class numbers", () => {
    check([4], [dense(5), relu(), dense(3)], labels, softmaxCrossEntropy());
  });
  it("for softmax cross-entropy of probabilities", () => {
    const probabilities = Tensor.from([2, 3], [0.2, 0.3, 0.5, 1, 0, 0], "float64");
    check([4], [dense(3)], probabilities, softmaxCrossEntropy());
  });

  it("and a batch's gradients are the mean of its samples'", () => {
    const random = new Random(5);
    const network = buildNetwork("n", [4], [dense(5), relu(), dense(3)], random, "float64");
    const input = randomTensor([5, 4], random);
    const gradients = (rows: Tensor, targets: Int32Array) => {
      for (const { gradient } of network.parameters()) gradient.data.fill(0);
      const pass = new Pass(network, rows.shape[0]);
      const outputGradient = Tensor.zeros([rows.shape[0], 3], "float64");
      softmaxCrossEntropy().evaluate(pass.forward(rows), targets, { gradient: outputGradient });
      pass.backward(outputGradient);
      return network.parameters().flatMap(({ gradient }) => [...gradient.data]);
    };
    const one = [0, 1, 2, 3, 4].map((b) =>
      gradients(new Tensor([1, 4], input.data.slice(4 * b, 4 * b + 4)), labels.slice(b, b + 1)),
    );
    gradients(input, labels).forEach((gradient, index) => {
      const mean = one.reduce((sum, sample) => sum + sample[index], 0) / 5;
      expect(Math.abs(gradient - mean)).toBeLessThan(1e-15); // sums of five in another order
    });
  });
});
