import type { Warning } from "../base/errors.js";
import { sampleCount } from "../train/data/dataset.js";
import { type Folds, foldSamples } from "../train/data/folds.js";
import { takeSamples } from "../train/data/split.js";
import type { Measured } from "../train/fitting/measureAll.js";
import type { Experiment } from "./experiment.js";
import type { QuantizationLoss } from "./quantizationLoss.js";
import type { TrainingHooks } from "./trainExperiment.js";
import { trainModel } from "./trainModel.js";

/** What a network learned without a fold, measured on it. */
export interface FoldOutcome {
  /** From 1. */
  readonly fold: number;
  readonly samples: { readonly train: number; readonly held: number };
  /** Of the float network; undefined where it gives none. */
  readonly loss: number | undefined;
  readonly float: Measured;
  /** Undefined where there is no integer network. */
  readonly int8: Measured | undefined;
  readonly notQuantized: string | undefined;
  readonly quantization: QuantizationLoss | undefined;
  readonly warnings: readonly Warning[];
}

/** Mean and deviation over the folds. */
export interface Spread {
  readonly mean: number;
  /** Of the sample: divided by one less than there are folds. */
  readonly deviation: number;
}

export interface FoldsOutcome {
  readonly folds: readonly FoldOutcome[];
  readonly unit: Folds["unit"];
  readonly classNames: readonly string[] | undefined;
  /** The experiment's own, which no fold has seen. */
  readonly testSamples: number | undefined;
}

/** NaN where one of the folds has no number. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** The fold with the highest loss, the first of equals; one without a loss is worse than any. */
export function worstFold({ folds }: Pick<FoldsOutcome, "folds">): FoldOutcome {
  const lossOf = ({ loss }: FoldOutcome): number =>
    loss === undefined || Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
  return folds.reduce((worst, fold) => (lossOf(fold) > lossOf(worst) ? fold : worst));
}

/**
 * Trains as often as there are folds of the training data, each time without one, and measures on it. Each training
 * has the experiment's seed; its test data is left alone, its validation holds back of what trains.
 *
 * @throws UserError when the data cannot be folded, or a training fails
 */
export async function trainFolds(
  experiment: Experiment,
  count: number,
  hooks: (fold: number) => TrainingHooks = () => ({}),
): Promise<FoldsOutcome> {
  const data = typeof experiment.data === "function" ? await experiment.data() : experiment.data;
  const { train, test } = data;
  const { folds, unit } = foldSamples(train, count, experiment.seed);
  const outcomes: FoldOutcome[] = [];
  for (const [index, { training, held }] of folds.entries()) {
    const own = { ...data, train: takeSamples(train, training), test: takeSamples(train, held) };
    const trained = await trainModel({ ...experiment, data: own }, hooks(index + 1));
    outcomes.push({
      fold: index + 1,
      samples: { train: training.length, held: held.length },
      loss: trained.test?.loss,
      float: trained.test?.metrics ?? {},
      int8: trained.testInt8,
      notQuantized: trained.notQuantized,
      quantization: trained.quantization,
      warnings: trained.warnings,
    });
  }
  return {
    ...{ folds: outcomes, unit, classNames: train.classNames },
    testSamples: test && sampleCount(test),
  };
}
