import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AdamFactors } from "../../../src/train/ops/optimizers.js";
import { checks, expectSameBits, randomValues, seeds } from "./sameBits.js";

const lengths = fc.integer({ min: 1, max: 300 });
const rates = fc.double({ min: 1e-6, max: 0.999, noNaN: true });

describe("the engine's functions of single elements have the bits of the TypeScript ones", () => {
  it("ReLU, ReLU6, their derivatives, and sums", () => {
    fc.assert(
      fc.property(lengths, seeds, (length, seed) => {
        const input = randomValues(seed, length);
        input[0] = Number.NaN;
        input[length >> 1] = Number.NEGATIVE_INFINITY;
        expectSameBits((ops, place) => {
          const output = place(randomValues(seed + 1, length));
          const inputGradient = place(randomValues(seed + 2, length));
          const output6 = place(randomValues(seed + 4, length));
          const inputGradient6 = place(randomValues(seed + 5, length));
          const outputGradient = place(randomValues(seed + 3, length));
          ops.reluForward(place(input), output);
          ops.reluBackward(output, outputGradient, inputGradient);
          ops.relu6Forward(place(input), output6);
          ops.relu6Backward(output6, outputGradient, inputGradient6);
          ops.accumulate(inputGradient6, outputGradient);
          return [output, inputGradient, output6, inputGradient6, outputGradient];
        });
      }),
      checks,
    );
  });

  it("leaky ReLU and its derivative, products and scaled sums", () => {
    fc.assert(
      fc.property(lengths, rates, seeds, (length, factor, seed) => {
        const input = randomValues(seed, length);
        input[length >> 1] = Number.NaN;
        expectSameBits((ops, place) => {
          const [output, outputGradient, inputGradient, product, sum] = [1, 2, 3, 4, 5].map((k) =>
            place(randomValues(seed + k, length)),
          );
          ops.leakyReluForward(factor, place(input), output);
          ops.leakyReluBackward(factor, place(input), outputGradient, inputGradient);
          ops.multiply(output, outputGradient, product);
          ops.addScaled(factor, output, sum);
          return [output, inputGradient, product, sum];
        });
      }),
      checks,
    );
  });

  it("gradient descent, with momentum, and Nesterov's", () => {
    fc.assert(
      fc.property(lengths, rates, rates, seeds, (length, rate, momentum, seed) => {
        expectSameBits((ops, place) => {
          const gradient = place(randomValues(seed, length));
          const values = [1, 2, 3].map((k) => place(randomValues(seed + k, length)));
          const velocities = [4, 5].map((k) => place(randomValues(seed + k, length)));
          ops.sgdStep(values[0], gradient, rate);
          ops.momentumStep(values[1], gradient, velocities[0], rate, momentum);
          ops.nesterovStep(values[2], gradient, velocities[1], rate, momentum);
          return [...values, ...velocities];
        });
      }),
      checks,
    );
  });

  it("RMSprop", () => {
    fc.assert(
      fc.property(lengths, rates, rates, seeds, (length, rate, decay, seed) => {
        expectSameBits((ops, place) => {
          const [value, gradient] = [0, 1].map((k) => place(randomValues(seed + k, length)));
          const second = place(randomValues(seed + 2, length).map(Math.abs));
          ops.rmsPropStep(value, gradient, second, rate, decay, 1e-8);
          return [value, second];
        });
      }),
      checks,
    );
  });

  it("Adam, with and without decay", () => {
    const factors: fc.Arbitrary<AdamFactors> = fc.record({
      beta1: rates,
      beta2: rates,
      epsilon: fc.constantFrom(1e-8, 1e-7, 0.1),
      firstRate: rates,
      secondScale: fc.double({ min: 1, max: 40, noNaN: true }),
      decay: fc.constantFrom(0, 0.01, 0.3),
    });
    fc.assert(
      fc.property(lengths, factors, seeds, (length, factor, seed) => {
        expectSameBits((ops, place) => {
          const [value, gradient, first] = [0, 1, 2].map((k) => place(randomValues(seed + k, length)));
          const second = place(randomValues(seed + 3, length).map(Math.abs));
          ops.adamStep(value, gradient, first, second, factor);
          return [value, first, second];
        });
      }),
      checks,
    );
  });

  it("forget what decays towards nothing, and are then as fast as ever", () => {
    const factors = { beta1: 0.9, beta2: 0.9, epsilon: 1e-8, firstRate: 0.01, secondScale: 1, decay: 0 };
    expectSameBits((ops, place) => {
      const [value, first, second, velocity] = [1, 2, 3, 4].map((k) => place(randomValues(k, 200)));
      for (let k = 0; k < 200; k++) second[k] = Math.abs(second[k]);
      const gradient = place(new Float32Array(200));
      for (let time = 0; time < 900; time++) {
        ops.adamStep(value, gradient, first, second, factors);
        ops.momentumStep(value, gradient, velocity, 0.01, 0.9);
      }
      expect(new Set([...first, ...second, ...velocity])).toEqual(new Set([0]));
      return [value, first, second, velocity];
    });
  });
});
