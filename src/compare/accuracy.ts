import { argmax } from "./metrics.js";

/** How many samples each computation got right, and where the device was wrong. */
export interface AccuracyComparison {
  readonly labels: number;
  /** null where there is no float network: an imported model has integers only. */
  readonly floatCorrect: number | null;
  readonly hostCorrect: number;
  readonly deviceCorrect: number;
  /** What the classes are called; null where the model does not tell. */
  readonly classNames: readonly string[] | null;
  /** [label][class the device chose] */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * @param labels class numbers, one a sample
 * @param outputs the outputs of float network (null without one), host and device, [samples][classes]; the largest one
 *   is the choice
 */
export function compareAccuracy(
  labels: ArrayLike<number>,
  outputs: {
    readonly float: readonly ArrayLike<number>[] | null;
    readonly host: readonly ArrayLike<number>[];
    readonly device: readonly ArrayLike<number>[];
  },
  classNames: readonly string[] | null = null,
): AccuracyComparison {
  const correct = (samples: readonly ArrayLike<number>[]): number =>
    samples.filter((output, sample) => argmax(output) === labels[sample]).length;
  return {
    labels: labels.length,
    floatCorrect: outputs.float && correct(outputs.float),
    hostCorrect: correct(outputs.host),
    deviceCorrect: correct(outputs.device),
    classNames,
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
