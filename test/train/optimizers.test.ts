import { describe, expect, it } from "vitest";
import { Tensor } from "../../src/tensor.js";
import type { Optimizer } from "../../src/train/optimizer.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { sgd } from "../../src/train/optimizers/sgd.js";

/** One value that starts at 1, moved by the given gradients at rate 0.1; its value after each step. */
function follow(optimizer: Optimizer, gradients: readonly number[]): number[] {
  const value = Tensor.from([1], [1], "float64");
  const gradient = Tensor.zeros([1], "float64");
  const stepper = optimizer.start([{ name: "weights", value, gradient, isWeight: true, penalty: undefined }]);
  return gradients.map((derivative) => {
    gradient.data[0] = derivative;
    stepper.step(0.1);
    return value.data[0];
  });
}

describe("gradient descent", () => {
  it("moves against the gradient", () => {
    expect(follow(sgd({ learningRate: 0.1 }), [2, -1])).toEqual([0.8, 0.9]);
  });

  it("with momentum goes on as it went", () => {
    // velocity 2, then 0.5 · 2 + 2 = 3
    expect(follow(sgd({ learningRate: 0.1, momentum: 0.5 }), [2, 2])).toEqual([0.8, 0.5]);
  });
});

describe("Adam", () => {
  it("takes bias-corrected steps", () => {
    // first: 0.1·2 / 0.1 = 2, √(0.001·4 / 0.001) = 2: 1 − 0.1 · 2/2
    // second: (0.9·0.2 − 0.1) / 0.19 = 0.421052…, √((0.999·0.004 + 0.001) / 0.001999) = 1.580904…: − 0.026633…
    const [first, second] = follow(adam({ learningRate: 0.1 }), [2, -1]);
    expect(first).toBeCloseTo(0.9, 8); // epsilon is 1e-8
    expect(second).toBeCloseTo(0.9 - (0.1 * (0.08 / 0.19)) / Math.sqrt(0.004996 / 0.001999), 8);
  });

  it("starts each training with an empty memory", () => {
    const optimizer = adam();
    expect(follow(optimizer, [2, -1])).toEqual(follow(optimizer, [2, -1]));
  });
});
