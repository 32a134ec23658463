import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { type GradientLimit, limitGradients } from "../../../src/train/fitting/limitGradients.js";
import { typescriptOps } from "../../../src/train/ops/index.js";
import { adam, adamW } from "../../../src/train/optimizers/adam.js";
import {
  type LearningRate,
  learningRateAt,
  type Optimizer,
} from "../../../src/train/optimizers/optimizer.js";
import { rmsProp } from "../../../src/train/optimizers/rmsProp.js";
import { cosine, stepDecay, warmUp } from "../../../src/train/optimizers/schedules.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";
import { userError } from "../userError.js";

/** One value that starts at 1, moved by the given gradients at rate 0.1; its value after each step. */
function follow(optimizer: Optimizer, gradients: readonly number[], isWeight = true): number[] {
  const value = Tensor.from([1], [1], "float64");
  const gradient = Tensor.zeros([1], "float64");
  const stepper = optimizer.start([{ name: "weights", value, gradient, isWeight, penalty: undefined }]);
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

  it("by Nesterov steps by the gradient looked ahead to", () => {
    // velocity 2: 0.1 · (2 + 0.5 · 2); velocity 0.5 · 2 + 2 = 3: 0.1 · (2 + 0.5 · 3)
    const [first, second] = follow(sgd({ learningRate: 0.1, momentum: 0.5, nesterov: true }), [2, 2]);
    expect(first).toBeCloseTo(0.7, 15);
    expect(second).toBeCloseTo(0.35, 15);
  });
});

describe("RMSprop", () => {
  it("divides by the root of the mean square", () => {
    // 0.1 · 4 = 0.4: 0.1 · 2 / √0.4; 0.9 · 0.4 + 0.1 · 1 = 0.46: + 0.1 / √0.46
    const [first, second] = follow(rmsProp(), [2, -1]);
    expect(first).toBeCloseTo(1 - 0.2 / Math.sqrt(0.4), 7); // epsilon is 1e-8
    expect(second).toBeCloseTo(1 - 0.2 / Math.sqrt(0.4) + 0.1 / Math.sqrt(0.46), 7);
  });
});

describe("AdamW", () => {
  it("takes a share of each weight away beside Adam's step, and none of a bias", () => {
    // Adam's first step is the rate, whatever the gradient: 1 − 0.1 · 0.5 · 1 − 0.1
    expect(follow(adamW({ weightDecay: 0.5 }), [2])[0]).toBeCloseTo(0.85, 8);
    expect(follow(adamW({ weightDecay: 0.5 }), [2], false)).toEqual(follow(adam(), [2]));
  });
});

describe("float32 steps", () => {
  // the formulas with every operation rounded by itself, on values of many sizes
  const f = Math.fround;
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Float32Array.from({ length: 100 }, () => random.normal() * 10 ** (random.integer(4) - 2));
  };

  it("of Adam are rounded after every operation", () => {
    const [value, gradient, first] = [1, 2, 3].map(draw);
    const second = draw(4).map(Math.abs);
    const factors = {
      ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, firstRate: 0.01, secondScale: 1.7, decay: 0.003 },
    };
    const mean = first.map((old, k) => f(f(f(0.9) * old) + f(f(1 - 0.9) * gradient[k])));
    const square = second.map((old, k) =>
      f(f(f(0.999) * old) + f(f(f(1 - 0.999) * gradient[k]) * gradient[k])),
    );
    const expected = value.map((old, k) => {
      const divisor = f(f(f(Math.sqrt(square[k])) * f(1.7)) + f(1e-8));
      return f(f(old - f(f(0.003) * old)) - f(f(f(0.01) * mean[k]) / divisor));
    });
    typescriptOps.adamStep(value, gradient, first, second, factors);
    expect({ value, first, second }).toEqual({ value: expected, first: mean, second: square });
  });

  it("of momentum, plain and by Nesterov, are rounded after every operation", () => {
    const [value, gradient, velocity] = [1, 2, 3].map(draw);
    const latest = velocity.map((old, k) => f(f(f(0.9) * old) + gradient[k]));
    const plain = value.map((old, k) => f(old - f(f(0.01) * latest[k])));
    const ahead = value.map((old, k) => f(old - f(f(0.01) * f(gradient[k] + f(f(0.9) * latest[k])))));
    const [one, other] = [value.slice(), velocity.slice()];
    typescriptOps.momentumStep(value, gradient, velocity, 0.01, 0.9);
    typescriptOps.nesterovStep(one, gradient, other, 0.01, 0.9);
    expect([value, velocity, one, other]).toEqual([plain, latest, ahead, latest]);
  });

  it("of RMSprop and plain descent are rounded after every operation", () => {
    const [value, gradient] = [1, 2].map(draw);
    const second = draw(4).map(Math.abs);
    const square = second.map((old, k) => f(f(f(0.9) * old) + f(f(f(1 - 0.9) * gradient[k]) * gradient[k])));
    const expected = value.map((old, k) =>
      f(old - f(f(f(0.01) * gradient[k]) / f(f(Math.sqrt(square[k])) + f(1e-8)))),
    );
    const descended = value.map((old, k) => f(old - f(f(0.01) * gradient[k])));
    const plain = value.slice();
    typescriptOps.rmsPropStep(value, gradient, second, 0.01, 0.9, 1e-8);
    typescriptOps.sgdStep(plain, gradient, 0.01);
    expect([value, second, plain]).toEqual([expected, square, descended]);
  });
});

describe("schedules", () => {
  const rates = (schedule: LearningRate, places: readonly (readonly [epoch: number, share: number])[]) =>
    places.map(([epoch, share]) => learningRateAt(schedule, epoch, share));

  it("step down after every so many epochs", () => {
    const places = [1, 2, 3, 4, 5].map((epoch) => [epoch, 0.5] as const);
    expect(rates(stepDecay(0.1, { every: 2, factor: 0.5 }), places)).toEqual([0.1, 0.1, 0.05, 0.05, 0.025]);
  });

  it("fall along half a cosine, within epochs too", () => {
    const schedule = cosine(1, { epochs: 2, final: 0.2 });
    const [start, quarter, middle, end, after] = rates(schedule, [
      [1, 0],
      [1, 0.5],
      [2, 0],
      [3, 0],
      [9, 0.5],
    ]);
    expect([start, end, after]).toEqual([1, 0.2, 0.2]);
    expect(quarter).toBeCloseTo(0.2 + 0.4 * (1 + Math.SQRT1_2), 15);
    expect(middle).toBeCloseTo(0.6, 15);
  });

  it("warm up from nothing to another rate", () => {
    const schedule = warmUp(2, (epoch) => 1 / epoch);
    expect(
      rates(schedule, [
        [1, 0.5],
        [2, 0.5],
        [4, 0.5],
      ]),
    ).toEqual([0.25, 0.375, 0.25]);
  });

  it("refuse a rate of 0", () => {
    expect(() => learningRateAt(cosine(1, { epochs: 1 }), 3, 0.5)).toThrow(
      userError("the learning rate must be a number above 0, found 0 in epoch 3"),
    );
    expect(() => warmUp(0.5, 1)).toThrow(userError("warmUp: epochs must be an integer above 0, found 0.5"));
  });
});

describe("limited gradients", () => {
  const limited = (limit: GradientLimit) => {
    const parameters = [[3, 0], [-4]].map((values) => {
      const value = Tensor.zeros([values.length], "float64");
      const gradient = Tensor.from([values.length], values, "float64");
      return { name: "weights", value, gradient, isWeight: true, penalty: undefined };
    });
    limitGradients(parameters, limit, typescriptOps);
    return parameters.flatMap(({ gradient }) => [...gradient.data]);
  };

  it("keep their direction under a norm over all parameters", () => {
    expect(limited({ norm: 2.5 })).toEqual([1.5, 0, -2]);
    expect(limited({ norm: 10 })).toEqual([3, 0, -4]); // shorter already
  });

  it("are cut one by one at a value", () => {
    expect(limited({ value: 3.5 })).toEqual([3, 0, -3.5]);
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
