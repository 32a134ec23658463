import { UserError } from "../../base/errors.js";
import { type LearningRate, learningRateAt } from "./optimizer.js";

/** A rate that is multiplied by `factor` after every `every` epochs: rate · factor^⌊(epoch − 1) / every⌋. */
export function stepDecay(rate: number, { every, factor }: { every: number; factor: number }): LearningRate {
  expectCount("stepDecay: every", every);
  return (epoch) => rate * factor ** Math.floor((epoch - 1) / every);
}

/**
 * A rate that falls along half a cosine, step by step, from `rate` to `final` (default 0) over `epochs`, and stays there.
 * Source: Loshchilov and Hutter 2017, arXiv:1608.03983, eq. 5, without restarts.
 */
export function cosine(
  rate: number,
  { epochs, final = 0 }: { epochs: number; final?: number },
): LearningRate {
  expectCount("cosine: epochs", epochs);
  return (epoch, share) => {
    const done = Math.min(1, (epoch - 1 + share) / epochs);
    return final + ((rate - final) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}

/**
 * Another rate, made smaller for the first `epochs`: from nothing, step by step, up to all of it.
 * Source: Goyal et al. 2017, arXiv:1706.02677 §2.2.
 */
export function warmUp(epochs: number, then: LearningRate): LearningRate {
  expectCount("warmUp: epochs", epochs);
  return (epoch, share) => learningRateAt(then, epoch, share) * Math.min(1, (epoch - 1 + share) / epochs);
}

function expectCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new UserError(`${name} must be an integer above 0, found ${value}`);
  }
}
