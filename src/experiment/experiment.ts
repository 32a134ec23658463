import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "../base/errors.js";
import { expectFile, maximumTextBytes } from "../base/files.js";
import type { DType, Shape } from "../base/tensor.js";
import type { PinMap } from "../pins/pinMap.js";
import { readKernels } from "../program/ownKernels.js";
import type { ActivationType } from "../quantize/int16Formats.js";
import type { Augment } from "../train/data/augment.js";
import { withDataFolder } from "../train/data/dataPath.js";
import type { ExperimentData } from "../train/data/dataset.js";
import type { EarlyStop } from "../train/fitting/earlyStop.js";
import type { GradientLimit } from "../train/fitting/limitGradients.js";
import type { Metric } from "../train/fitting/metrics.js";
import type { NetworkSpec } from "../train/layers/graph.js";
import { takeDefinedKernels } from "../train/layers/ownKernel.js";
import type { Loss } from "../train/losses/loss.js";
import type { Penalty } from "../train/losses/penalties.js";
import type { PruningSettings } from "../train/network/channelPruning.js";
import type { Optimizer } from "../train/optimizers/optimizer.js";
import { checkExperiment } from "./experimentChecks.js";

/** How the float network becomes one in integers. */
export interface QuantizeSettings {
  /**
   * How an activation's range is chosen: all that occurred, all but the outermost, or what makes the squared error
   * least. Default "minMax".
   */
  readonly calibration?: "minMax" | "percentile" | "mse";
  /** With "percentile": how many per cent of the values stay inside; default 99.99. */
  readonly percentile?: number;
  /**
   * What activations are on the device. Default "int8"; "int16" takes twice the RAM for finer steps, where outputs are numbers.
   * Weights are int8 in any case. With "int16" calibration is "minMax" or "percentile".
   */
  readonly activations?: ActivationType;
  /** Training samples to calibrate with, drawn by the seed from all of them; default 1000. */
  readonly samples?: number;
  /** Goes on training with the rounding that the device will do, to recover what rounding afterwards loses. */
  readonly aware?: AwareSettings;
}

/** Quantization-aware training, after the float training. */
export interface AwareSettings {
  readonly epochs: number;
  /** Default: a tenth of the optimizer's rate when its last epoch begins. */
  readonly learningRate?: number;
}

/** Where a network that tells how far a sample is from what is normal draws the line. */
export interface AnomalySettings {
  /** Share of normal samples at or below the threshold, above 0, at most 1: the largest of them. Default 0.99. */
  readonly quantile?: number;
}

/** What an experiment file exports by default: all that decides a trained network. */
export interface Experiment {
  readonly name: string;
  /** Decides initial weights, held-back samples and orders: the same seed gives the same bytes. 0..2³²−1. */
  readonly seed: number;
  readonly data: ExperimentData | (() => ExperimentData | Promise<ExperimentData>);
  /** Change each training sample a little, in this order, whenever it is shown. */
  readonly augment?: readonly Augment[];
  /** A list of layers, each feeding the next, or a function of the input that calls layers on each other. */
  readonly network: NetworkSpec;
  /** Of one sample; the training data's when absent. */
  readonly inputShape?: Shape;
  /** Default "float32". */
  readonly dtype?: DType;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Times every training sample is shown. */
  readonly epochs: number;
  /** Samples a step. */
  readonly batchSize: number;
  /** Default true: every epoch has an order of its own. */
  readonly shuffle?: boolean;
  /**
   * Share of the training samples, drawn at random, that is held back to judge by: above 0, below 1. Of windows that
   * overlap the end of every recording is held back (or whole recordings), so that no row is on both sides.
   */
  readonly validation?: number;
  readonly earlyStop?: EarlyStop;
  /** On all weights, such as `l2(0.001)`; single layers take one of their own beside it. */
  readonly penalty?: Penalty;
  /** `{ norm }` scales all gradients down to that length together, `{ value }` cuts each to ±value. */
  readonly clipGradients?: GradientLimit;
  /** What the training samples of each class count, by class number. */
  readonly classWeights?: readonly number[];
  readonly metrics?: readonly Metric[];
  readonly quantize?: QuantizeSettings;
  /** Of networks that end in `reconstructionError()` or `kMeansDistance()`; they have a threshold in any case. */
  readonly anomaly?: AnomalySettings;
  /** Sets the output channels with the smallest weights to zero while training. */
  readonly prune?: PruningSettings;
  /** What is wired to the network; the firmware then reads pins, infers and drives pins on its own. */
  readonly pins?: PinMap;
}

/** Gives an experiment its type, so that the editor helps and the type checker complains. */
export function defineExperiment(experiment: Experiment): Experiment {
  return experiment;
}

/**
 * Loads an experiment file: the user's own TypeScript or JavaScript, whose `import … from "pinfer"` is this very
 * module. Types are stripped, not checked.
 *
 * @throws UserError when there is no such file, it throws or does not parse (file, line, its message), or its default
 *   export is not an experiment (field, what was expected and found)
 */
export async function loadExperiment(path: string): Promise<Experiment> {
  return readExperiment(path, (await importExperimentFile(path)).default);
}

/** Checks what an experiment file exports; its data is loaded with paths that start at the file's folder. */
export function readExperiment(path: string, exported: unknown): Experiment {
  const experiment = checkExperiment(path, exported);
  return {
    ...experiment,
    data: () => loadData(path, experiment.data),
    network: blameFor(path, experiment.network),
  };
}

/** A graph whose errors name the file. */
function blameFor(path: string, network: NetworkSpec): NetworkSpec {
  if (typeof network !== "function") return network;
  const blaming: NetworkSpec = (input) => {
    try {
      return network(input);
    } catch (error) {
      throw blame(path, error);
    }
  };
  return Object.assign(blaming, network); // what `fromModel` knows of it
}

/**
 * Everything an experiment file exports, unchecked.
 *
 * @throws UserError when there is no such file, it throws or does not parse, or a kernel of its own is outside the subset
 */
export async function importExperimentFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new UserError(`there is no experiment ${path}`, "give the path of an experiment.ts");
  }
  expectFile(file, maximumTextBytes);
  // Loaded late: jiti takes 0.1 s, and the index imports this file.
  const [{ createJiti }, pinfer, kernels] = await Promise.all([
    import("jiti"),
    import("../index.js"),
    import("../kernels/own.js"),
  ]);
  const jiti = createJiti(file, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false, // else a file without default export seems to have one
    virtualModules: { pinfer, "pinfer/kernels": kernels },
  });
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await withDataFolder(dirname(file), () => jiti.import(file));
  } catch (error) {
    throw blame(path, error);
  }
  await readKernels(takeDefinedKernels());
  return exported;
}

async function loadData(path: string, data: Experiment["data"]): Promise<ExperimentData> {
  if (typeof data !== "function") return data;
  try {
    return await withDataFolder(dirname(resolve(path)), data);
  } catch (error) {
    throw blame(path, error);
  }
}

/** An error in the user's file as one line: where it is (jiti keeps lines, not columns) and what it says. */
function blame(path: string, error: unknown): UserError {
  const { message, stack = "" } = error instanceof Error ? error : new Error(`threw ${String(error)}`);
  const place = stack
    .split("\n")
    .map((line) => line.split(resolve(path))[1]?.match(/^:\d+/)?.[0])
    .find((found) => found !== undefined);
  const [says] = message.split("\n");
  const hint = error instanceof UserError ? error.hint : undefined;
  return new UserError(`${path}${place ?? ""}: ${says}`, hint, { cause: error });
}
