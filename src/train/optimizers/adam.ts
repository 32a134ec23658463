import { UserError } from "../../errors.js";
import { typescriptEngine } from "../ops/engine.js";
import { expectDecay, type LearningRate, type Optimizer } from "../optimizer.js";

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
    start(parameters, engine = typescriptEngine) {
      const zeros = () => parameters.map(({ value }) => engine.createFloats(value.dtype, value.data.length));
      const firsts = zeros();
      const seconds = zeros();
      let steps = 0;
      return {
        step(rate) {
          steps++;
          const factors = {
            ...{ beta1, beta2, epsilon },
            firstRate: rate / (1 - beta1 ** steps),
            secondScale: 1 / Math.sqrt(1 - beta2 ** steps),
            decay: 0,
          };
          parameters.forEach(({ value, gradient }, index) => {
            engine.ops.adamStep(value.data, gradient.data, firsts[index], seconds[index], factors);
          });
        },
      };
    },
  };
}
