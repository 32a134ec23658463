import { UserError, type Warning } from "../../base/errors.js";
import { elementCount, expectShape, formatShape, type Shape, Tensor } from "../../base/tensor.js";
/** What was left out because it could not be read. */
export interface Skipped {
  readonly count: number;
  /** What was wrong with the first of them, with file, line and column. */
  readonly first: readonly string[];
}
/** Samples to train with, to judge by while training, and to measure afterwards. */
export interface ExperimentData {
  readonly train: Dataset;
  /** Judged by after every epoch; an alternative to {@link Experiment.validation}. */
  readonly validation?: Dataset;
  /** Measured once, after training. */
  readonly test?: Dataset;
  /** What a reader left out because it could not be read. */
  readonly skipped?: Skipped;
  /** What a reader would have the user know: columns it left out, or that should be. */
  readonly warnings?: readonly Warning[];
}

/** What samples should give: class numbers [samples], or real values [samples, ...shape]. */
export type Targets = Uint8Array | Int32Array | Tensor;

/** Samples and what they should give. */
export interface Dataset {
  /** [samples, ...shape] */
  readonly inputs: Tensor;
  readonly targets: Targets;
  /** What each sample's loss is multiplied by [samples], 0 or more; 1 when absent. */
  readonly weights?: ArrayLike<number>;
  /** What each input is called, where they have names; for reports. */
  readonly inputNames?: readonly string[];
  /** The columns that targets come from, where they have names: one with classes, or one for each output. */
  readonly targetNames?: readonly string[];
  /** What each class is called; for reports, and for the model where it has an output for each. */
  readonly classNames?: readonly string[];
  /** Where samples that are windows of recordings were cut from: parts that are held back then share no row. */
  readonly windows?: SampleWindows;
}

/** From which rows of which recording each sample was cut. */
export interface SampleWindows {
  /** [samples] */
  readonly recordings: Int32Array;
  /** [samples] The first row, counted in the recording. */
  readonly starts: Int32Array;
  /** Of each sample. */
  readonly rows: number;
  /** What holding back goes by first: the end of every recording, or whole recordings. */
  readonly splitBy: "time" | "file";
}

/** Number of targets. */
export function targetCount(targets: Targets): number {
  return targets instanceof Tensor ? targets.shape[0] : targets.length;
}

/** Number of samples. */
export function sampleCount(dataset: Dataset): number {
  return dataset.inputs.shape[0];
}

/** 0, 1, … of every sample. */
export function allSamples(dataset: Dataset): Int32Array {
  return Int32Array.from({ length: sampleCount(dataset) }, (_, index) => index);
}

/**
 * @param what "the training data"
 * @param inputShape of one sample
 * @throws UserError when there is no sample, or inputs and targets do not fit each other or the network
 */
export function checkDataset(what: string, dataset: Dataset, inputShape: Shape, outputShape: Shape): void {
  const { inputs, targets } = dataset;
  expectShape(`${what}: inputs`, inputs.shape, [null, ...inputShape]);
  const count = sampleCount(dataset);
  if (count === 0) throw new UserError(`${what} has no samples`);
  if (targetCount(targets) !== count) {
    throw new UserError(`${what} has ${count} inputs and ${targetCount(targets)} targets`);
  }
  checkWeights(what, dataset.weights, count);
  if (targets instanceof Tensor) {
    expectShape(`${what}: targets`, targets.shape, [count, ...outputShape]);
    return;
  }
  const classes = Math.max(2, elementCount(outputShape)); // one output tells two classes apart
  const wrong = targets.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new UserError(
      `${what}: sample ${wrong} is of class ${targets[wrong]}; the network tells ${classes} classes apart, 0..${classes - 1}`,
      `give the network an output ${formatShape([targets[wrong] + 1])} or larger, or mend the label`,
    );
  }
}

function checkWeights(what: string, weights: ArrayLike<number> | undefined, count: number): void {
  if (weights === undefined) return;
  if (weights.length !== count) {
    throw new UserError(`${what} has ${count} samples and ${weights.length} weights`);
  }
  const wrong = Array.from(weights).findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong >= 0) {
    throw new UserError(
      `${what}: sample ${wrong}'s weight must be a number of 0 or more, found ${weights[wrong]}`,
    );
  }
}

/**
 * The samples' weights, times those of their classes.
 *
 * @param classWeights by class number; undefined for 1
 * @throws UserError when a class has no weight, or the targets are no classes
 */
export function weighClasses(dataset: Dataset, classWeights: readonly number[] | undefined): Dataset {
  if (classWeights === undefined) return dataset;
  const { targets, weights } = dataset;
  if (targets instanceof Tensor) {
    throw new UserError("classWeights need class numbers as targets, found real values");
  }
  const wrong = targets.find((label) => !(Number.isFinite(classWeights[label]) && classWeights[label] >= 0));
  if (wrong !== undefined) {
    throw new UserError(`classWeights[${wrong}] must be a number of 0 or more, found ${classWeights[wrong]}`);
  }
  return {
    ...dataset,
    weights: Float64Array.from(targets, (label, b) => classWeights[label] * (weights?.[b] ?? 1)),
  };
}

/** Copies samples into a batch of the same size, converting the element type. */
export function gatherInputs(inputs: Tensor, samples: Int32Array, batch: Tensor): void {
  const size = elementCount(inputs.shape) / inputs.shape[0];
  const [from, to] = [inputs.data, batch.data];
  for (let row = 0; row < samples.length; row++) {
    const start = samples[row] * size;
    if (size > 64) to.set(from.subarray(start, start + size), row * size);
    else for (let k = 0; k < size; k++) to[row * size + k] = from[start + k]; // a view costs more than that
  }
}

/** A batch's targets: made once, filled for every step. */
export function createTargetBatch(targets: Targets, batch: number, dtype: "float32" | "float64"): Targets {
  return targets instanceof Tensor
    ? Tensor.zeros([batch, ...targets.shape.slice(1)], dtype)
    : new Int32Array(batch);
}

/** Copies samples' targets into {@link createTargetBatch}'s. */
export function gatherTargets(targets: Targets, samples: Int32Array, batch: Targets): void {
  if (targets instanceof Tensor) {
    gatherInputs(targets, samples, batch as Tensor);
    return;
  }
  const labels = batch as Int32Array;
  for (let row = 0; row < samples.length; row++) labels[row] = targets[samples[row]];
}
