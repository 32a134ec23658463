import { UserError } from "../../base/errors.js";
import { typescriptEngine } from "../ops/engine.js";
import { expectDecay, type LearningRate, type Optimizer } from "./optimizer.js";

export interface RmsPropOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Decay of the mean square; default 0.9. */
  readonly decay?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * RMSprop:
 *
 *   second ← decay · second + (1 − decay) · gradient²
 *   value  ← value − learningRate · gradient / (√second + epsilon)
 *
 * Source: Tieleman and Hinton 2012, Neural Networks for Machine Learning, lecture 6.5.
 */
export function rmsProp(options: RmsPropOptions = {}): Optimizer {
  const { learningRate = 0.001, decay = 0.9, epsilon = 1e-8 } = options;
  expectDecay("rmsProp: decay", decay);
  if (!(epsilon > 0)) throw new UserError(`rmsProp: epsilon must be above 0, found ${epsilon}`);
  return {
    kind: "rmsProp",
    learningRate,
    start(parameters, engine = typescriptEngine) {
      const seconds = parameters.map(({ value }) => engine.createFloats(value.dtype, value.data.length));
      return {
        memory: { steps: 0, arrays: seconds },
        step(rate) {
          this.memory.steps++;
          parameters.forEach(({ value, gradient }, index) => {
            engine.ops.rmsPropStep(value.data, gradient.data, seconds[index], rate, decay, epsilon);
          });
        },
      };
    },
  };
}
