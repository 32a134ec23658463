import { UserError, type Warning } from "../base/errors.js";
import { Random } from "../base/random.js";
import { elementCount, Tensor } from "../base/tensor.js";
import { trainedSource } from "../model/fromModel.js";
import { expectClassNames } from "../network/classNames.js";
import { readKernels } from "../program/ownKernels.js";
import type { ExperimentData } from "../train/data/dataset.js";
import { type Dataset, sampleCount } from "../train/data/dataset.js";
import { type Split, splitSamples } from "../train/data/splitSamples.js";
import { setValues, type TrainingCut } from "../train/fitting/checkpoint.js";
import { type Evaluation, evaluate } from "../train/fitting/evaluate.js";
import { type FitOptions, fit } from "../train/fitting/fit.js";
import { forEachBatch } from "../train/fitting/forwardSamples.js";
import type { EpochRecord, History, Progress } from "../train/fitting/history.js";
import { plainMetrics } from "../train/fitting/measureAll.js";
import { takeDefinedKernels } from "../train/layers/ownKernel.js";
import { isNormal } from "../train/losses/meanOutput.js";
import { ChannelPruning } from "../train/network/channelPruning.js";
import { buildNetwork, type Network } from "../train/network/network.js";
import { adaptNormalizations } from "./adaptNormalizations.js";
import { checkTraining } from "./checkTraining.js";
import { type DataSummary, summarizeData } from "./dataSummary.js";
import type { Experiment } from "./experiment.js";
import { inModelOrder } from "./inModelOrder.js";
import { startAtTargets } from "./startAtTargets.js";

/** An experiment's float network after training, and how it came to be. */
export interface TrainedExperiment {
  readonly network: Network;
  readonly data: ExperimentData;
  /** Which samples trained, and which judged. */
  readonly split: Split;
  readonly history: History;
  /** On the test data, when the experiment has some. */
  readonly test: Evaluation | undefined;
  /** What the user should know of it. */
  readonly warnings: readonly Warning[];
  /** Where it went on from, when it had been cut. */
  readonly cut?: TrainingCut | undefined;
}

/** What an epoch is of: the training, or the one with the device's rounding that may follow it. */
export type TrainingPhase = "training" | "rounding";

export interface TrainingHooks extends Pick<FitOptions, "checkpoint" | "useThreads" | "now"> {
  /** Called after every epoch. */
  readonly onEpoch?: (record: EpochRecord, phase: TrainingPhase) => void;
  /** Called about ten times a second, and at the end of every epoch. */
  readonly onProgress?: (progress: Progress, phase: TrainingPhase) => void;
  /** Called with what is trained and measured on, before the first step. */
  readonly onData?: (summary: DataSummary) => void;
  /** Called with what the user should know although training goes on, as soon as it is known. */
  readonly onWarning?: (warning: Warning) => void;
  /** Called before the first step. What it returns is where training goes on from. */
  readonly onStart?: (network: Network, data: ExperimentData, split: Split) => TrainingCut | undefined;
  /** Called after the last step, before anything is measured or trained further. */
  readonly onTrained?: (history: History) => void;
}

/** A training that can begin. */
export interface PreparedTraining extends Pick<TrainedExperiment, "network" | "data" | "split" | "warnings"> {
  /** What the seed has left after the initial weights and the held-back samples. */
  readonly random: Random;
}

/**
 * Everything before the first step: an experiment's data, its network with initial weights, which samples train, and
 * what the user should know of them.
 *
 * @throws UserError when data and network do not fit
 */
export async function prepareTraining(experiment: Experiment): Promise<PreparedTraining> {
  await readKernels(takeDefinedKernels());
  const given = typeof experiment.data === "function" ? await experiment.data() : experiment.data;
  checkData(experiment.name, given);
  const source = trainedSource(experiment.network);
  const data = source === undefined ? given : inModelOrder(given, source);
  const random = new Random(experiment.seed);
  const inputShape = experiment.inputShape ?? source?.inputShape ?? data.train.inputs.shape.slice(1);
  const network = buildNetwork(experiment.name, inputShape, experiment.network, random, experiment.dtype);
  // what a model was trained with stays
  if (source === undefined) {
    adaptNormalizations(network, data.train.inputs);
    fitCentroids(network, data.train, experiment.seed);
    startAtTargets(network, data.train.targets);
  }
  const split = splitSamples(data.train, data.validation ?? experiment.validation, random);
  const warnings = [...(data.warnings ?? []), ...checkTraining(experiment, network, data, split)];
  return { data, network, random, split, warnings };
}

/**
 * Loads an experiment's data, builds its network, trains it, and measures it on the test data. The seed decides
 * everything that is random, in this order: initial weights (and the seeds of dropout) layer by layer, held-back
 * samples, and epoch by epoch the order and, batch by batch, the augmentation.
 *
 * @throws UserError when data and network do not fit, or training fails
 */
export async function trainExperiment(
  experiment: Experiment,
  hooks: TrainingHooks = {},
): Promise<TrainedExperiment> {
  const { data, network, random, split, warnings } = await prepareTraining(experiment);
  const { epochs, earlyStop } = experiment;
  const { onData, onStart, onTrained, onEpoch, onProgress, onWarning, ...fitHooks } = hooks;
  const cut = onStart?.(network, data, split);
  onData?.(summarizeData(data, split));
  for (const warning of warnings) onWarning?.(warning);
  const train = async (): Promise<History> => {
    const pruning = experiment.prune && new ChannelPruning(network, experiment.prune, epochs);
    // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
    return await fit(network, data.train, {
      ...fitOptions(experiment, split, random),
      ...(earlyStop && { earlyStop }),
      ...(cut && { resume: cut.state }),
      ...fitHooks,
      ...(pruning && { transform: pruning }),
      onEpoch: (record) => {
        pruning?.endEpoch(record.epoch);
        onEpoch?.(record, "training");
      },
      onProgress: (progress) => onProgress?.(progress, "training"),
    });
  };
  if (cut?.finished !== undefined) setValues(network, cut.finished.values);
  const history = cut?.finished?.history ?? (await train());
  onTrained?.(history);
  const { test, warnings: testWarnings } = evaluateTest(network, data, experiment);
  for (const warning of testWarnings) onWarning?.(warning);
  return { network, data, split, history, test, warnings: [...warnings, ...testWarnings], cut };
}

/** What the network does on the test data. That it cannot be told is no reason to lose what was trained. */
export function evaluateTest(
  network: Network,
  { test }: ExperimentData,
  { loss, metrics = [] }: Experiment,
): Pick<TrainedExperiment, "test" | "warnings"> {
  if (test === undefined) return { test, warnings: [] };
  try {
    const evaluation = evaluate(network, test, loss, metrics);
    const missing = Object.keys(evaluation.metrics).filter((name) => Number.isNaN(evaluation.metrics[name]));
    const warnings = missing.map((name) => ({
      message: `metric ${name} cannot be computed of what the network gives for the test data`,
    }));
    return { test: evaluation, warnings };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { test: undefined, warnings: [toWarning(error)] };
  }
}

export function toWarning({ message, hint }: UserError): Warning {
  return { message, ...(hint !== undefined && { hint }) };
}

/** What an experiment says of fitting its network, but for early stop. */
export function fitOptions(experiment: Experiment, split: Split, random: Random): FitOptions {
  const { loss, optimizer, epochs, batchSize, shuffle, augment, metrics = [] } = experiment;
  const { penalty, clipGradients, classWeights } = experiment;
  return {
    loss,
    optimizer,
    epochs,
    batchSize,
    random,
    metrics,
    validation: split,
    ...(shuffle !== undefined && { shuffle }),
    ...(augment && { augment }),
    ...(penalty && { penalty }),
    ...(clipGradients && { clipGradients }),
    ...(classWeights && { classWeights }),
  };
}

/** Layers that compare with centroids take them from what the layers before make of the normal samples. */
function fitCentroids(network: Network, { inputs, targets }: Dataset, seed: number): void {
  const { layers, connections } = network;
  layers.forEach((layer, index) => {
    if (layer.kind !== "kMeansDistance") return;
    const [number] = connections[index];
    const trained = layers.slice(0, number).find(({ parameters }) => parameters.length > 0);
    if (trained !== undefined) {
      throw new UserError(
        `layer "${layer.name}" takes its centroids before training, layer "${trained.name}" before it is trained`,
        "let it follow features that are not trained: standardize(), audioFeatures()",
      );
    }
    const size = elementCount(layer.inputShapes[0]);
    const features = Tensor.zeros([inputs.shape[0], size], network.dtype);
    let filled = 0;
    forEachBatch(network, inputs, (activations) => {
      const { data } = activations[number];
      features.data.set(data, filled);
      filled += data.length;
    });
    const normal = Array.from({ length: inputs.shape[0] }, (_, b) => b).filter((b) => isNormal(targets, b));
    layer.fit(
      normal.map((b) => features.data.subarray(b * size, (b + 1) * size)),
      new Random(seed),
    );
  });
}

function checkData(name: string, data: ExperimentData): void {
  for (const part of ["train", "validation", "test"] as const) {
    const set = data?.[part];
    if (set === undefined && part !== "train") continue;
    const { inputs, targets, classNames = [] } = (set ?? {}) as Partial<Dataset>;
    const isRight =
      inputs instanceof Tensor &&
      (targets instanceof Tensor || targets instanceof Uint8Array || targets instanceof Int32Array);
    if (!isRight) {
      throw new UserError(
        `experiment "${name}": data.${part} must be { inputs: Tensor, targets: Tensor, Uint8Array or Int32Array }`,
      );
    }
    expectClassNames(`experiment "${name}": data.${part}.classNames`, classNames);
  }
}

/** What a model file tells of its training. */
export function summarizeTraining(
  { seed, batchSize, loss, optimizer }: Experiment,
  { data, split, history, test }: TrainedExperiment,
) {
  return {
    seed,
    batchSize,
    loss: loss.kind,
    optimizer: optimizer.kind,
    samples: {
      train: split.training.length,
      validation: split.validation?.samples.length,
      test: data.test && sampleCount(data.test),
    },
    classes: data.train.classNames,
    inputs: data.train.inputNames,
    targets: data.train.targetNames,
    skipped: data.skipped && { count: data.skipped.count, first: data.skipped.first },
    keptEpoch: history.keptEpoch,
    epochs: summarizeEpochs(history),
    test: plain(test),
  };
}

export function summarizeEpochs({ epochs }: History) {
  return epochs.map(({ validation, ...record }) => ({ ...record, validation: plain(validation) }));
}

function plain(evaluation: Evaluation | undefined) {
  return evaluation && { loss: evaluation.loss, ...plainMetrics(evaluation.metrics) };
}
