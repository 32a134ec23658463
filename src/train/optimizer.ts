import { UserError } from "../errors.js";
import type { FloatArray } from "../tensor.js";
import type { Parameter } from "./layer.js";
import type { Engine } from "./ops/engine.js";

/** A fixed rate, or a rate for each epoch, counted from 1: `(epoch) => 0.01 * 0.9 ** (epoch - 1)`. */
export type LearningRate = number | ((epoch: number) => number);

/** How gradients move parameters: settings only, so that one optimizer serves any number of trainings. */
export interface Optimizer {
  readonly kind: string;
  readonly learningRate: LearningRate;
  /** @returns what steps these parameters, with its memory (velocities, moments) empty */
  start(parameters: readonly Parameter[], engine?: Engine): Stepper;
}

/** What a stepper remembers from step to step, all of it: a checkpoint copies it, and writes it back. */
export interface StepperMemory {
  /** Steps taken. */
  steps: number;
  /** Velocities, moments: the stepper's own arrays, not copies. */
  readonly tensors: readonly FloatArray[];
}

/** An optimizer at work on one network. */
export interface Stepper {
  readonly memory: StepperMemory;
  /** Moves every parameter by its gradient; leaves the gradients as they are. */
  step(learningRate: number): void;
}

/**
 * The rate in an epoch.
 *
 * @throws UserError when it is not a finite number above 0
 */
export function learningRateAt(learningRate: LearningRate, epoch: number): number {
  const rate = typeof learningRate === "number" ? learningRate : learningRate(epoch);
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
