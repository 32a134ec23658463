import { UserError } from "../../base/errors.js";
import type { FloatArray } from "../../base/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Engine } from "../ops/engine.js";

/**
 * A fixed rate, or a rate for each step by its epoch, counted from 1, and by the share of the epoch that is done in the
 * middle of the step: `(epoch) => 0.01 * 0.9 ** (epoch - 1)`. schedules.ts has the common ones.
 */
export type LearningRate = number | ((epoch: number, share: number) => number);

/** How gradients move parameters: settings only, so that one optimizer serves any number of trainings. */
export interface Optimizer {
  readonly kind: string;
  readonly learningRate: LearningRate;
  /** True when a step is value ← value − rate · gradient and nothing else, for engines that write whole steps out. */
  readonly isPlain?: boolean;
  /** @returns what steps these parameters, with its memory (velocities, moments) empty */
  start(parameters: readonly Parameter[], engine?: Engine): Stepper;
}

/** All that earlier steps left behind: saved and set again, training goes on as if never cut. */
export interface StepperMemory {
  /** Steps taken. */
  steps: number;
  /** Velocities, moments: the stepper's own arrays, not copies. */
  readonly arrays: readonly FloatArray[];
}

/** An optimizer at work on one network. */
export interface Stepper {
  readonly memory: StepperMemory;
  /** Moves every parameter by its gradient; leaves the gradients as they are. */
  step(learningRate: number): void;
}

/**
 * The rate of a step.
 *
 * @throws UserError when it is not a finite number above 0
 */
export function learningRateAt(learningRate: LearningRate, epoch: number, share: number): number {
  const rate = typeof learningRate === "number" ? learningRate : learningRate(epoch, share);
  if (!(Number.isFinite(rate) && rate > 0)) {
    throw new UserError(`the learning rate must be a number above 0, found ${rate} in epoch ${epoch}`);
  }
  return rate;
}

/** @throws UserError unless `value` is in [0, 1) */
export function expectDecay(name: string, value: number): number {
  if (!(value >= 0 && value < 1))
    throw new UserError(`${name} must be 0 or more and below 1, found ${value}`);
  return value;
}
