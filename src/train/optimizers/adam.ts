import { UserError } from "../../base/errors.js";
import { typescriptEngine } from "../ops/engine.js";
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
  return createAdam("adam", options, 0);
}

export interface AdamWOptions extends AdamOptions {
  /** Share of each weight, times the learning rate, that a step takes away; biases keep theirs. Default 0.01. */
  readonly weightDecay?: number;
}

/**
 * Adam with weight decay beside the gradient, not in it: value ← value − learningRate · weightDecay · value before
 * Adam's own step, for weights and not for biases.
 *
 * Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2.
 */
export function adamW({ weightDecay = 0.01, ...options }: AdamWOptions = {}): Optimizer {
  expectDecay("adamW: weightDecay", weightDecay);
  return createAdam("adamW", options, weightDecay);
}

function createAdam(kind: string, options: AdamOptions, weightDecay: number): Optimizer {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  expectDecay(`${kind}: beta1`, beta1);
  expectDecay(`${kind}: beta2`, beta2);
  if (!(epsilon > 0)) throw new UserError(`${kind}: epsilon must be above 0, found ${epsilon}`);
  return {
    kind,
    learningRate,
    start(parameters, engine = typescriptEngine) {
      const zeros = () => parameters.map(({ value }) => engine.createFloats(value.dtype, value.data.length));
      const [firsts, seconds] = [zeros(), zeros()];
      return {
        memory: { steps: 0, arrays: [...firsts, ...seconds] },
        step(rate) {
          this.memory.steps++;
          const constants = {
            ...{ beta1, beta2, epsilon },
            firstRate: rate / (1 - beta1 ** this.memory.steps),
            secondScale: 1 / Math.sqrt(1 - beta2 ** this.memory.steps),
          };
          parameters.forEach(({ value, gradient, isWeight }, index) => {
            const factors = { ...constants, decay: isWeight ? rate * weightDecay : 0 };
            engine.ops.adamStep(value.data, gradient.data, firsts[index], seconds[index], factors);
          });
        },
      };
    },
  };
}
