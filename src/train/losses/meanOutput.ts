import { Tensor } from "../../base/tensor.js";
import type { Targets } from "../data/dataset.js";
import { type Loss, lossSizes } from "./loss.js";

/** Is a sample normal: of class 0, or with targets that are all 0? */
export function isNormal(targets: Targets, sample: number): boolean {
  if (!(targets instanceof Tensor)) return targets[sample] === 0;
  const size = targets.data.length / targets.shape[0];
  return targets.data.subarray(sample * size, (sample + 1) * size).every((value) => value === 0);
}

/**
 * The output itself, to be made small for what is normal: 1/N · Σ prediction over the normal samples of a batch of N
 * values, with the derivative 1/N. Samples of another class than 0 (or with another target) add nothing, so that nothing
 * is learnt of them. For networks that end in how far a sample is from what is normal, as `reconstructionError()`.
 */
export function meanOutput(): Loss {
  return {
    kind: "meanOutput",
    evaluate(prediction, targets, { gradient, weights } = {}) {
      const { batch, outputs } = lossSizes(prediction);
      const count = batch * outputs;
      let sum = 0;
      for (let b = 0; b < batch; b++) {
        const factor = isNormal(targets, b) ? (weights?.[b] ?? 1) : 0;
        for (let i = b * outputs; i < (b + 1) * outputs; i++) {
          sum += factor * prediction.data[i];
          if (gradient !== undefined) gradient.data[i] = factor / count;
        }
      }
      return sum / count;
    },
  };
}
