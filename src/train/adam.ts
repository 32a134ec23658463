import { UserError } from "../errors.js";
import { createFloats } from "../tensor.js";
import { expectDecay, type LearningRate, type Optimizer } from "./optimizer.js";

export interface AdamOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Decay of the first moment's mean; default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment's mean; default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam:
 *
 *   first    ← beta1 · first + (1 − beta1) · gradient
 *   second   ← beta2 · second + (1 − beta2) · gradient²
 *   value    ← value − learningRate · (first / (1 − beta1ᵗ)) / (√(second / (1 − beta2ᵗ)) + epsilon)
 *
 * Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  expectDecay("adam: beta1", beta1);
  expectDecay("adam: beta2", beta2);
  if (!(epsilon > 0)) throw new UserError(`adam: epsilon must be above 0, found ${epsilon}`);
  return {
    kind: "adam",
    learningRate,
    start(parameters) {
      const zeros = () => parameters.map(({ value }) => createFloats(value.dtype, value.data.length));
      const firsts = zeros();
      const seconds = zeros();
      let steps = 0;
      return {
        step(rate) {
          steps++;
          const firstRate = rate / (1 - beta1 ** steps);
          const secondScale = 1 / Math.sqrt(1 - beta2 ** steps);
          parameters.forEach((parameter, index) => {
            const value = parameter.value.data;
            const gradient = parameter.gradient.data;
            const first = firsts[index];
            const second = seconds[index];
            for (let k = 0; k < value.length; k++) {
              const derivative = gradient[k];
              const mean = beta1 * first[k] + (1 - beta1) * derivative;
              const square = beta2 * second[k] + (1 - beta2) * derivative * derivative;
              first[k] = mean;
              second[k] = square;
              value[k] -= (firstRate * mean) / (Math.sqrt(square) * secondScale + epsilon);
            }
          });
        },
      };
    },
  };
}
