import { UserError } from "../../base/errors.js";
import { shortened } from "../../base/printable.js";
import { elementCount, type FloatArray, Tensor } from "../../base/tensor.js";
import type { Targets } from "../data/dataset.js";

/** Characters of a class's name in a metric's title. */
const titleLength = 30;

/** A number that tells how good outputs are; not what training minimises. */
export interface Metric {
  readonly name: string;
  /** Set where targets are taken as classes; one output is then of class 1 from the threshold on, where there is one. */
  readonly ofClasses?: { readonly threshold?: number };
  /**
   * @param outputs [samples, …outputs], of all samples at once
   * @throws UserError when the targets are of the wrong sort
   */
  measure(outputs: Tensor, targets: Targets): number;
}

/** Index of the largest of `count` values from `start` on, counted from `start`; the first of equals. */
export function argMax(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let j = 1; j < count; j++) {
    if (values[start + j] > values[start + best]) best = j;
  }
  return best;
}

/** The class of every sample: that of its largest value, or with one value whether it reaches the threshold. */
export function chosenClasses(outputs: Tensor, threshold = 0.5): Int32Array {
  const values = elementCount(outputs.shape.slice(1));
  const { data } = outputs;
  return Int32Array.from({ length: outputs.shape[0] }, (_, b) =>
    values === 1 ? Number(data[b] >= threshold) : argMax(data, b * values, values),
  );
}

/** Class numbers as they are, or those of the largest values. */
export function targetClasses(targets: Targets): Int32Array {
  return targets instanceof Tensor ? chosenClasses(targets) : Int32Array.from(targets);
}

/**
 * Accuracy where one output is a score and not a probability: an output of `threshold` or more means class 1, such as
 * `accuracyAt(0)` for logits and hinge scores. Targets are as for {@link accuracy}, or −1 and 1.
 */
export function accuracyAt(threshold: number): Metric {
  return {
    name: "accuracy",
    ofClasses: { threshold },
    measure(outputs, targets) {
      const wanted = targetClasses(targets);
      const found = chosenClasses(outputs, threshold);
      return found.filter((value, index) => value === wanted[index]).length / found.length;
    },
  };
}

/**
 * Share of samples whose largest output is the target's class (or the target's largest value); 0..1. With one output,
 * the share of samples on the target's side of one half.
 */
export const accuracy: Metric = accuracyAt(0.5);

/** The 0-1 loss: the share of samples that accuracy does not count. */
export const zeroOne: Metric = {
  name: "zeroOne",
  ofClasses: { threshold: 0.5 },
  measure: (outputs, targets) => 1 - accuracy.measure(outputs, targets),
};

/** How often each class was taken for each. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** Of shape [classes, classes]; rows are what was wanted, columns what was answered. */
  readonly counts: Int32Array;
}

/** Counts answers; with one output there are two classes, told apart at one half. */
export function confusionMatrix(outputs: Tensor, targets: Targets): ConfusionMatrix {
  const classes = Math.max(2, elementCount(outputs.shape.slice(1)));
  const counts = new Int32Array(classes * classes);
  const wanted = targetClasses(targets);
  chosenClasses(outputs).forEach((answer, index) => {
    counts[wanted[index] * classes + answer]++;
  });
  return { classes, counts };
}

/** Right answers, answers and samples of a class. */
function countClass({ classes, counts }: ConfusionMatrix, of: number) {
  let [answered, wanted] = [0, 0];
  for (let k = 0; k < classes; k++) {
    answered += counts[k * classes + of];
    wanted += counts[of * classes + k];
  }
  return { right: counts[of * classes + of], answered, wanted };
}

type ClassCounts = ReturnType<typeof countClass>;

/** A measure of one class; of two classes the second's; of more, the mean over classes unless one is asked for. */
function classMetric(name: string, of: number | undefined, measure: (counts: ClassCounts) => number): Metric {
  return {
    name: of === undefined ? name : `${name} of ${of}`,
    ofClasses: { threshold: 0.5 },
    measure(outputs, targets) {
      const matrix = confusionMatrix(outputs, targets);
      if (of !== undefined && !(of >= 0 && of < matrix.classes)) {
        throw new UserError(
          `metric ${name} of class ${of}: the network tells ${matrix.classes} classes apart`,
        );
      }
      const only = of ?? (matrix.classes === 2 ? 1 : undefined);
      const which = only === undefined ? [...Array(matrix.classes).keys()] : [only];
      return which.reduce((sum, one) => sum + measure(countClass(matrix, one)), 0) / which.length;
    },
  };
}

/** A metric's name to read: "f1 of apple", where that is what class 0 of "f1 of 0" is called. */
export function titleOfMetric(name: string, classNames: readonly string[] | undefined): string {
  const [, what, number] = /^(.+) of (\d+)$/.exec(name) ?? [];
  const className = classNames?.[Number(number)];
  return className === undefined ? name : `${what} of ${shortened(className, titleLength)}`;
}

/** Right answers as a share of the answers for a class; 0 where there was none. See {@link f1} for which class. */
export const precision = (of?: number): Metric =>
  classMetric("precision", of, ({ right, answered }) => (answered === 0 ? 0 : right / answered));

/** Right answers as a share of the class's samples; 0 where there was none. See {@link f1} for which class. */
export const recall = (of?: number): Metric =>
  classMetric("recall", of, ({ right, wanted }) => (wanted === 0 ? 0 : right / wanted));

/**
 * Harmonic mean of precision and recall, 2 · right / (answers + samples): of the class `of`; without it, of class 1
 * where there are two, and the mean over all classes where there are more.
 */
export const f1 = (of?: number): Metric =>
  classMetric("f1", of, ({ right, answered, wanted }) =>
    answered + wanted === 0 ? 0 : (2 * right) / (answered + wanted),
  );

/**
 * Area under the receiver operating characteristic: the probability that a sample of the class has a larger output for
 * it than one of another class, equal outputs counting half. With several classes the mean of each against the rest.
 * Source: Hanley and McNeil 1982, Radiology 143(1).
 */
export const auc: Metric = {
  name: "auc",
  ofClasses: {},
  measure(outputs, targets) {
    const values = elementCount(outputs.shape.slice(1));
    const wanted = targetClasses(targets);
    const which = values === 1 ? [1] : values === 2 ? [1] : [...Array(values).keys()];
    const areas = which.map((one) => {
      const scores = Float64Array.from(wanted, (_, b) => outputs.data[b * values + (values === 1 ? 0 : one)]);
      return areaUnderCurve(
        scores,
        Array.from(wanted, (label) => label === one),
        one,
      );
    });
    return areas.reduce((sum, area) => sum + area, 0) / areas.length;
  },
};

/** By the sum of ranks (Mann and Whitney), equal scores sharing their ranks' mean. */
function areaUnderCurve(scores: Float64Array, isOf: readonly boolean[], one: number): number {
  const positives = isOf.filter(Boolean).length;
  const negatives = isOf.length - positives;
  if (positives === 0 || negatives === 0) {
    const all = positives === 0 ? "none" : "all";
    throw new UserError(`metric auc needs samples of class ${one} and of others, found ${all} of it`);
  }
  const order = Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    const meanRank = (start + 1 + end) / 2;
    for (let k = start; k < end; k++) if (isOf[order[k]]) rankSum += meanRank;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Mean of |output − target| over samples and outputs. */
export const absoluteError = meanMetric("absoluteError", Math.abs);

/** Mean of (output − target)² over samples and outputs. */
export const squaredError = meanMetric("squaredError", (difference) => difference ** 2);

/** √ of {@link squaredError}, in the unit of the outputs. */
export const rootMeanSquaredError: Metric = {
  name: "rootMeanSquaredError",
  measure: (outputs, targets) => Math.sqrt(squaredError.measure(outputs, targets)),
};

/**
 * Coefficient of determination: 1 − Σ (output − target)² / Σ (target − mean target)², the mean over outputs; 1 is
 * perfect, 0 what always answering the mean gives.
 */
export const rSquared: Metric = {
  name: "rSquared",
  measure(outputs, targets) {
    const wanted = expectReals("rSquared", targets);
    const samples = outputs.shape[0];
    const values = outputs.data.length / samples;
    let total = 0;
    for (let j = 0; j < values; j++) {
      let mean = 0;
      for (let k = j; k < wanted.length; k += values) mean += wanted[k] / samples;
      let [left, spread] = [0, 0];
      for (let k = j; k < wanted.length; k += values) {
        left += (outputs.data[k] - wanted[k]) ** 2;
        spread += (wanted[k] - mean) ** 2;
      }
      if (spread === 0)
        throw new UserError(`metric rSquared needs targets that differ, found ${mean} for all`);
      total += 1 - left / spread;
    }
    return total / values;
  },
};

function meanMetric(name: string, of: (difference: number) => number): Metric {
  return {
    name,
    measure(outputs, targets) {
      const wanted = expectReals(name, targets);
      let sum = 0;
      for (let k = 0; k < wanted.length; k++) sum += of(outputs.data[k] - wanted[k]);
      return sum / wanted.length;
    },
  };
}

function expectReals(name: string, targets: Targets): FloatArray {
  if (targets instanceof Tensor) return targets.data;
  throw new UserError(`metric ${name} needs real targets [samples, outputs], found class numbers`);
}
