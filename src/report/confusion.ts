import { Tensor } from "../base/tensor.js";
import type { Targets } from "../train/data/dataset.js";
import { argMax, chosenClasses } from "../train/fitting/metrics.js";
import { isOneOf } from "../train/fitting/outputThreshold.js";

/** How often samples of each class (row) were taken for each class (column). */
export interface Confusion {
  /** [class][taken for] */
  readonly counts: readonly (readonly number[])[];
  readonly samples: number;
}

/**
 * The classes that targets stand for: class numbers as they are; of several outputs the largest; of one output
 * 0 and 1, or −1 and 1. Undefined when targets are real values, which have no classes.
 */
export function classesOf(targets: Targets, outputs: number): Int32Array | undefined {
  if (!(targets instanceof Tensor)) return Int32Array.from(targets);
  const { data } = targets;
  if (outputs === 1) {
    if (!isOneOf(targets, 0) && !isOneOf(targets, -1)) return undefined;
    return Int32Array.from(data, (value) => Number(value === 1));
  }
  const samples = targets.shape[0];
  const classes = new Int32Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const row = data.subarray(sample * outputs, (sample + 1) * outputs);
    const ones = row.filter((value) => value === 1).length;
    if (ones !== 1 || row.filter((value) => value === 0).length !== outputs - 1) return undefined;
    classes[sample] = argMax(row, 0, outputs);
  }
  return classes;
}

/**
 * Counts what a network takes samples for: the largest output, or the side of the threshold when there is one.
 *
 * @param outputs [samples, ...outputShape]
 * @returns undefined when the targets are real values
 */
export function countConfusion(outputs: Tensor, targets: Targets, threshold: number): Confusion | undefined {
  const samples = outputs.shape[0];
  const width = outputs.data.length / samples;
  const classes = classesOf(targets, width);
  if (classes === undefined) return undefined;
  const count = Math.max(2, width);
  const counts = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  chosenClasses(outputs, threshold).forEach((taken, sample) => {
    counts[classes[sample]][taken]++;
  });
  return { counts, samples };
}
