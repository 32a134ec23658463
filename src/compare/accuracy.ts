import { argmax } from "./metrics.js";

/** How many samples each computation got right, and where the device was wrong. */
export interface AccuracyComparison {
  readonly labels: number;
  readonly floatCorrect: number;
  readonly hostCorrect: number;
  readonly deviceCorrect: number;
  /** [label][class the device chose] */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * @param labels class numbers, one a sample
 * @param outputs the outputs of float network, host and device, [samples][classes]; the largest one is the choice
 */
export function compareAccuracy(
  labels: ArrayLike<number>,
  outputs: Readonly<Record<"float" | "host" | "device", readonly ArrayLike<number>[]>>,
): AccuracyComparison {
  const correct = (samples: readonly ArrayLike<number>[]): number =>
    samples.filter((output, sample) => argmax(output) === labels[sample]).length;
  return {
    labels: labels.length,
    floatCorrect: correct(outputs.float),
    hostCorrect: correct(outputs.host),
    deviceCorrect: correct(outputs.device),
    confusion: confusionMatrix(labels, outputs.device.map(argmax), outputs.device[0]?.length ?? 0),
  };
}

/** Counts of samples: rows are reference classes, columns predicted ones. */
export function confusionMatrix(
  reference: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let sample = 0; sample < reference.length; sample++) matrix[reference[sample]][predicted[sample]] += 1;
  return matrix;
}
