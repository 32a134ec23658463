import { UserError, type Warning } from "../base/errors.js";
import { quoted } from "../base/printable.js";
import { elementCount, Tensor } from "../base/tensor.js";
import {
  allSamples,
  checkDataset,
  type Dataset,
  type ExperimentData,
  type Targets,
} from "../train/data/dataset.js";
import type { Split } from "../train/data/splitSamples.js";
import { checkOutputs, givesAnomalyScore } from "../train/fitting/checkOutputs.js";
import { checkMetrics } from "../train/fitting/measureAll.js";
import { isNormal } from "../train/losses/meanOutput.js";
import type { Network } from "../train/network/network.js";
import { checkThresholds } from "./checkThresholds.js";
import type { Experiment } from "./experiment.js";

/** Samples of one purpose. */
interface Part {
  /** "the test data" */
  readonly what: string;
  /** "to test" */
  readonly use: string;
  readonly dataset: Dataset;
  readonly samples: Int32Array;
}

/**
 * Everything that can be known of a training before its first step: that the parts of the data fit the network and each
 * other, that loss and outputs go together, that every class can be learnt, that every metric can be computed.
 *
 * @returns what the user should know although it can be trained
 * @throws UserError for what cannot be right, or would fail when the training is over
 */
export function checkTraining(
  { name, loss, metrics = [], anomaly }: Experiment,
  network: Network,
  { train, test }: ExperimentData,
  { training, validation }: Split,
): Warning[] {
  const trained: Part = { what: "the training data", use: "to train", dataset: train, samples: training };
  const judged: Part[] = [];
  if (validation !== undefined) {
    judged.push({
      what: validation.data === train ? "what is held back to validate" : "the validation data",
      use: "to validate",
      dataset: validation.data,
      samples: validation.samples,
    });
  }
  if (test !== undefined) {
    judged.push({ what: "the test data", use: "to test", dataset: test, samples: allSamples(test) });
  }
  for (const { what, dataset } of [trained, ...judged]) {
    checkDataset(what, dataset, network.inputShape, network.outputShape);
    expectSameTargets(train.targets, what, dataset.targets);
    expectFinite(what, "inputs", dataset.inputs);
    if (dataset.targets instanceof Tensor) expectFinite(what, "targets", dataset.targets);
  }
  if (anomaly !== undefined && !givesAnomalyScore(network)) {
    throw new UserError(
      `experiment ${quoted(name)} has a threshold for anomalies, and its network does not tell how far a sample is from what is normal`,
      "close it with reconstructionError() or kMeansDistance(), or leave out anomaly",
    );
  }
  const warnings = checkOutputs(network, loss, train.targets);
  for (const { dataset } of judged) checkOutputs(network, loss, dataset.targets);
  warnings.push(
    ...checkClasses(network, trained, judged),
    ...checkThresholds(network, loss, metrics, train.targets),
  );
  for (const { what, dataset, samples } of judged) {
    // normal samples alone give no share of anomalies, and are what a network learns to tell them from
    const isAllNormal = samples.every((sample) => isNormal(dataset.targets, sample));
    if (givesAnomalyScore(network) && isAllNormal) continue;
    checkMetrics(metrics, network, what, dataset, samples);
  }
  return warnings;
}

function expectSameTargets(train: Targets, what: string, targets: Targets): void {
  const kindOf = (given: Targets) => (given instanceof Tensor ? "real values" : "class numbers");
  if (kindOf(train) === kindOf(targets)) return;
  throw new UserError(
    `${what} has ${kindOf(targets)} as targets, the training data has ${kindOf(train)}`,
    "give all parts targets of one kind",
  );
}

function expectFinite(what: string, values: string, { data, shape }: Tensor): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const sample = Math.floor(wrong / elementCount(shape.slice(1)));
  throw new UserError(
    `${what}: sample ${sample} holds ${data[wrong]} in its ${values}; expected finite numbers`,
    "leave the sample out, or mend it",
  );
}

const mostClassesNamed = 5;

/** Names classes that nothing can be learnt of, and outputs that stand for no class. */
function checkClasses(network: Network, trained: Part, judged: readonly Part[]): Warning[] {
  const { targets, classNames, windows } = trained.dataset;
  if (givesAnomalyScore(network)) return checkNormal(trained);
  if (targets instanceof Tensor) return [];
  const outputs = elementCount(network.outputShape);
  const classes = Math.max(2, outputs);
  const counts = countClasses(trained, classes);
  const others = judged.map((part) => ({ use: part.use, counts: countClasses(part, classes) }));
  const known = classNames?.length ?? lastClass([counts, ...others.map((other) => other.counts)]) + 1;
  const unit = windows === undefined ? "sample" : "window";
  const missing = [...Array(Math.min(known, classes)).keys()].filter((label) => counts[label] === 0);
  const messages = missing.map((label) => {
    const elsewhere = others
      .filter((other) => other.counts[label] > 0)
      .map(({ counts: own, use }, index) => {
        const units = own[label] === 1 ? unit : `${unit}s`;
        return `${own[label]} ${index === 0 ? `${units} ` : ""}${use}`;
      });
    return `${nameClass(classNames, label)} has no training sample${elsewhere.length > 0 ? ` (${elsewhere.join(", ")})` : ", and none to judge by"}`;
  });
  const hint =
    windows === undefined
      ? "give more samples of it, or hold back others"
      : 'recordings: hold back whole recordings with splitBy: "file", or record more of it';
  const isOnly = counts.filter((count) => count > 0).length < 2;
  if (isOnly && others.some((other) => missing.some((label) => other.counts[label] > 0))) {
    const only = nameClass(
      classNames,
      counts.findIndex((count) => count > 0),
    );
    const named = messages.slice(0, mostClassesNamed).join("; ");
    throw new UserError(`all ${trained.samples.length} training ${unit}s are of ${only}: ${named}`, hint);
  }
  const more = messages.length - mostClassesNamed;
  const warnings = messages.slice(0, mostClassesNamed).map((message) => ({ message, hint }));
  if (more > 0) warnings.push({ message: `${more} more classes have no training sample`, hint });
  if (outputs > 1 && outputs > known) {
    const message = `the network has ${outputs} outputs for ${known} classes: ${outputs - known} will never be right`;
    warnings.push({ message, hint: `give its last layer ${known} outputs` });
  }
  return warnings;
}

/** What is normal is learnt of samples of class 0 alone. */
function checkNormal({ dataset: { targets }, samples }: Part): Warning[] {
  const normal = samples.filter((sample) => isNormal(targets, sample)).length;
  const others = samples.length - normal;
  if (normal === 0) {
    throw new UserError(
      `none of ${samples.length} training samples is normal: of class 0, or with target 0`,
      "give normal samples class 0",
    );
  }
  if (others === 0) return [];
  return [
    {
      message: `${others} of ${samples.length} training samples are no normal ones: nothing is learnt of them`,
      hint: "keep samples of other classes than 0 for the test data",
    },
  ];
}

function countClasses({ dataset, samples }: Part, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  const targets = dataset.targets as Exclude<Targets, Tensor>;
  for (const sample of samples) counts[targets[sample]] += 1;
  return counts;
}

function lastClass(countsOfParts: readonly (readonly number[])[]): number {
  return Math.max(...countsOfParts.map((counts) => counts.findLastIndex((count) => count > 0)));
}

/** `class "walk"`, `class 3` */
function nameClass(names: readonly string[] | undefined, label: number): string {
  return `class ${names?.[label] === undefined ? label : quoted(names[label])}`;
}
