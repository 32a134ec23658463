import { expect } from "vitest";
import { Random } from "../../src/base/random.js";
import { type Shape, Tensor } from "../../src/base/tensor.js";
import type { Targets } from "../../src/train/data/dataset.js";
import { Dropout } from "../../src/train/layers/dropout.js";
import type { NetworkSpec } from "../../src/train/layers/graph.js";
import type { Loss } from "../../src/train/losses/loss.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { buildNetwork, type Network } from "../../src/train/network/network.js";
import { Pass } from "../../src/train/network/pass.js";

/*
 * Central differences have an error of step²/6 · third derivative and of about 1e-16 / step · loss from rounding: with
 * step 1e-5 and values near 1 both stay below 1e-10. 1e-7 of the largest derivative leaves room for large third
 * derivatives and is far below what a wrong formula gives.
 */
const step = 1e-5;
export const tolerance = 1e-7;

export function randomTensor(shape: Shape, random: Random): Tensor {
  const tensor = Tensor.zeros(shape, "float64");
  for (let index = 0; index < tensor.data.length; index++) tensor.data[index] = random.normal();
  return tensor;
}

interface CheckOptions {
  readonly loss?: Loss;
  readonly targets?: Targets;
  readonly samples?: number;
  readonly isTraining?: boolean;
  readonly weights?: Float64Array;
}

/** Largest difference between analytic and central-difference derivatives, relative to the largest derivative. */
export function gradientError(
  network: Network,
  input: Tensor,
  targets: Targets,
  { loss = meanSquaredError(), isTraining = false, weights }: CheckOptions = {},
): number {
  const pass = new Pass(network, input.shape[0], { isTraining });
  const lossNow = (gradient?: Tensor) => {
    for (const layer of network.layers) if (layer instanceof Dropout) layer.random = new Random(11);
    return loss.evaluate(pass.forward(input), targets, {
      ...(gradient && { gradient }),
      ...(weights && { weights }),
    });
  };
  const outputGradient = Tensor.zeros([input.shape[0], ...network.outputShape], "float64");
  const inputGradient = Tensor.zeros(input.shape, "float64");
  inputGradient.data.fill(Number.NaN); // whatever was there is overwritten
  for (const { gradient } of network.parameters()) gradient.data.fill(0);
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
      const error = Math.abs(numeric - gradient.data[index]);
      largestError = Number.isNaN(error) ? error : Math.max(largestError, error);
      largest = Math.max(largest, Math.abs(numeric));
    });
  }
  expect(largest).toBeGreaterThan(1e-3); // else nothing was checked
  return largestError / largest;
}

/** Builds a network on random weights and inputs, and holds every derivative against central differences. */
export function expectRightGradients(
  inputShape: Shape,
  layers: NetworkSpec,
  { samples = 3, targets, ...options }: CheckOptions = {},
): void {
  const random = new Random(3);
  const network = buildNetwork("checked", inputShape, layers, random, "float64");
  // biases, gammas and running statistics away from their zeros and ones
  for (const { value, isWeight } of network.parameters()) {
    if (!isWeight) move(value, () => 0.3 * random.normal());
  }
  for (const { value } of network.statistics()) move(value, () => random.uniform());
  const input = randomTensor([samples, ...inputShape], random);
  const wanted = targets ?? randomTensor([samples, ...network.outputShape], new Random(7));
  expect(gradientError(network, input, wanted, options)).toBeLessThan(tolerance);
}

function move({ data }: Tensor, by: () => number): void {
  for (let k = 0; k < data.length; k++) data[k] += by();
}
