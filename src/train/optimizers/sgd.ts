import { typescriptEngine } from "../ops/engine.js";
import { expectDecay, type LearningRate, type Optimizer } from "../optimizer.js";

export interface SgdOptions {
  readonly learningRate: LearningRate;
  /** 0 (default) is plain gradient descent. */
  readonly momentum?: number;
}

/**
 * Stochastic gradient descent with momentum:
 *
 *   velocity ← momentum · velocity + gradient
 *   value    ← value − learningRate · velocity
 *
 * Source: Polyak 1964, in the form of Sutskever et al. 2013, ICML, eq. 1 and 2, with the rate taken out of the
 * velocity.
 */
export function sgd({ learningRate, momentum = 0 }: SgdOptions): Optimizer {
  expectDecay("sgd: momentum", momentum);
  return {
    kind: "sgd",
    learningRate,
    start(parameters, engine = typescriptEngine) {
      const velocities = parameters.map(({ value }) =>
        engine.createFloats(value.dtype, momentum === 0 ? 0 : value.data.length),
      );
      return {
        step(rate) {
          parameters.forEach(({ value, gradient }, index) => {
            if (momentum === 0) engine.ops.sgdStep(value.data, gradient.data, rate);
            else engine.ops.momentumStep(value.data, gradient.data, velocities[index], rate, momentum);
          });
        },
      };
    },
  };
}
