import { createFloats } from "../tensor.js";
import { expectDecay, type LearningRate, type Optimizer } from "./optimizer.js";

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
    start(parameters) {
      const velocities = parameters.map(({ value }) =>
        createFloats(value.dtype, momentum === 0 ? 0 : value.data.length),
      );
      return {
        step(rate) {
          parameters.forEach((parameter, index) => {
            const value = parameter.value.data;
            const gradient = parameter.gradient.data;
            const velocity = velocities[index];
            if (momentum === 0) {
              for (let k = 0; k < value.length; k++) value[k] -= rate * gradient[k];
              return;
            }
            for (let k = 0; k < value.length; k++) {
              velocity[k] = momentum * velocity[k] + gradient[k];
              value[k] -= rate * velocity[k];
            }
          });
        },
      };
    },
  };
}
