import { UserError } from "../errors.js";
import { elementCount, Tensor } from "../tensor.js";
import type { Targets } from "./dataset.js";

/** A number that tells how good outputs are; not what training minimises. */
export interface Metric {
  readonly name: string;
  /**
   * @param outputs [batch, outputs]
   * @returns the mean over the batch
   */
  mean(outputs: Tensor, targets: Targets): number;
}

/** Index of the largest of `count` values from `start` on, counted from `start`; the first of equals. */
export function argMax(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let j = 1; j < count; j++) {
    if (values[start + j] > values[start + best]) best = j;
  }
  return best;
}

/**
 * Share of samples whose largest output is the target's class (or the target's largest value); 0..1. With one output,
 * the share of samples on the target's side of one half.
 */
export const accuracy: Metric = {
  name: "accuracy",
  mean(outputs, targets) {
    const batch = outputs.shape[0];
    const classes = elementCount(outputs.shape.slice(1));
    const choose = (values: ArrayLike<number>, start: number) =>
      classes === 1 ? Number(values[start] >= 0.5) : argMax(values, start, classes);
    let right = 0;
    for (let b = 0; b < batch; b++) {
      const target = targets instanceof Tensor ? choose(targets.data, b * classes) : targets[b];
      if (choose(outputs.data, b * classes) === target) right++;
    }
    return right / batch;
  },
};

/** Mean of |output − target| over samples and outputs. */
export const absoluteError: Metric = {
  name: "absoluteError",
  mean: (outputs, targets) => meanOf("absoluteError", outputs, targets, Math.abs),
};

/** Mean of (output − target)² over samples and outputs. */
export const squaredError: Metric = {
  name: "squaredError",
  mean: (outputs, targets) => meanOf("squaredError", outputs, targets, (difference) => difference ** 2),
};

function meanOf(
  name: string,
  outputs: Tensor,
  targets: Targets,
  measure: (difference: number) => number,
): number {
  if (!(targets instanceof Tensor)) {
    throw new UserError(`metric ${name} needs real targets [samples, outputs], found class numbers`);
  }
  let sum = 0;
  for (let index = 0; index < outputs.data.length; index++) {
    sum += measure(outputs.data[index] - targets.data[index]);
  }
  return sum / outputs.data.length;
}
