import { UserError } from "../../base/errors.js";
import { typescriptEngine } from "../ops/engine.js";
import { expectDecay, type LearningRate, type Optimizer } from "./optimizer.js";

export interface SgdOptions {
  readonly learningRate: LearningRate;
  /** 0 (default) is plain gradient descent. */
  readonly momentum?: number;
  /** Steps by the gradient that the velocity leads to; needs momentum. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with momentum:
 *
 *   velocity ← momentum · velocity + gradient
 *   value    ← value − learningRate · velocity
 *
 * and by Nesterov: value ← value − learningRate · (gradient + momentum · velocity).
 *
 * Source: Polyak 1964, in the form of Sutskever et al. 2013, ICML, eq. 1 to 4, with the rate taken out of the velocity
 * and Nesterov's values kept at the point that is looked ahead to.
 */
export function sgd({ learningRate, momentum = 0, nesterov = false }: SgdOptions): Optimizer {
  expectDecay("sgd: momentum", momentum);
  if (nesterov && momentum === 0) throw new UserError("sgd: nesterov needs momentum above 0, found 0");
  return {
    kind: "sgd",
    learningRate,
    isPlain: momentum === 0,
    start(parameters, engine = typescriptEngine) {
      const { sgdStep, momentumStep, nesterovStep } = engine.ops;
      const velocities = parameters.map(({ value }) =>
        engine.createFloats(value.dtype, momentum === 0 ? 0 : value.data.length),
      );
      return {
        memory: { steps: 0, arrays: velocities },
        step(rate) {
          this.memory.steps++;
          parameters.forEach(({ value, gradient }, index) => {
            const velocity = velocities[index];
            if (momentum === 0) sgdStep(value.data, gradient.data, rate);
            else if (nesterov) nesterovStep(value.data, gradient.data, velocity, rate, momentum);
            else momentumStep(value.data, gradient.data, velocity, rate, momentum);
          });
        },
      };
    },
  };
}
