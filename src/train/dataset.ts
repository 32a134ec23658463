import { UserError } from "../errors.js";
import { elementCount, expectShape, formatShape, type Shape, Tensor } from "../tensor.js";

/** What samples should give: class numbers [samples], or real values [samples, ...shape]. */
export type Targets = Uint8Array | Int32Array | Tensor;

/** Samples and what they should give. */
export interface Dataset {
  /** [samples, ...shape] */
  readonly inputs: Tensor;
  readonly targets: Targets;
  /** What each input is called, where they have names; for reports. */
  readonly inputNames?: readonly string[];
  /** What each class is called; for reports. */
  readonly classNames?: readonly string[];
}

/** Number of targets. */
export function targetCount(targets: Targets): number {
  return targets instanceof Tensor ? targets.shape[0] : targets.length;
}

/** Number of samples. */
export function sampleCount(dataset: Dataset): number {
  return dataset.inputs.shape[0];
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
  if (targets instanceof Tensor) {
    expectShape(`${what}: targets`, targets.shape, [count, ...outputShape]);
    return;
  }
  const classes = elementCount(outputShape);
  const wrong = targets.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new UserError(
      `${what}: sample ${wrong} is of class ${targets[wrong]}; the network tells ${classes} classes apart, 0..${classes - 1}`,
      `give the network an output ${formatShape([targets[wrong] + 1])} or larger, or mend the label`,
    );
  }
}

/** Copies samples into a batch of the same size, converting the element type. */
export function gatherInputs(inputs: Tensor, samples: Int32Array, batch: Tensor): void {
  const size = elementCount(inputs.shape.slice(1));
  samples.forEach((sample, row) => {
    batch.data.set(inputs.data.subarray(sample * size, (sample + 1) * size), row * size);
  });
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
  samples.forEach((sample, row) => {
    labels[row] = targets[sample];
  });
}
