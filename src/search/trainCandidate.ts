import { UserError } from "../base/errors.js";
import { fingerprintData } from "../experiment/checkpointFingerprint.js";
import type { Experiment } from "../experiment/experiment.js";
import { readExperiment } from "../experiment/experiment.js";
import { tellDrop } from "../experiment/quantizationLoss.js";
import { type PreparedTraining, prepareTraining } from "../experiment/trainExperiment.js";
import { evaluateProgram, type TrainedModel, trainModel } from "../experiment/trainModel.js";
import { networkHash } from "../network/networkHash.js";
import { planProgram } from "../plan/planProgram.js";
import { summarizeNetwork } from "../program/summarize.js";
import type { ExperimentData } from "../train/data/dataset.js";
import { split } from "../train/data/split.js";
import { evaluate } from "../train/fitting/evaluate.js";
import type { Candidate } from "./candidates.js";
import type { Goal, Trained } from "./outcome.js";
import type { Search } from "./search.js";

/** Which part of the data candidates are judged by. */
export type JudgedBy = "validation" | "test";

/**
 * The metric to judge by.
 *
 * @throws UserError when the experiment does not measure it
 */
export function goalOf({ maximize, minimize }: Search, experiment: Experiment): Goal {
  const names = (experiment.metrics ?? []).map(({ name }) => name);
  const metric = maximize ?? minimize ?? "accuracy";
  if (names.includes(metric)) return { metric, isMaximized: minimize === undefined };
  throw new UserError(
    `search: the experiment does not measure "${metric}"; its metrics are ${names.join(", ") || "none"}`,
    "name one of its metrics in maximize or minimize, or add it to metrics",
  );
}

/** The experiment with what is other for a candidate, checked like any experiment. */
export function variantOf(
  path: string,
  experiment: Experiment,
  search: Search,
  candidate: Candidate,
): Experiment {
  const changes: unknown = search.candidate(candidate.values as never);
  if (typeof changes !== "object" || changes === null) {
    throw new UserError(`${path}: search.candidate must return an object with fields of the experiment`);
  }
  return readExperiment(path, { ...experiment, ...changes });
}

/**
 * What a candidate's own data is, or why it cannot be loaded; undefined when it has none of its own.
 *
 * @param variant from {@link variantOf}
 */
export async function describeOwnData(
  search: Search,
  candidate: Candidate,
  variant: Experiment,
): Promise<string | undefined> {
  const { data } = search.candidate(candidate.values as never);
  if (data === undefined) return undefined;
  try {
    return fingerprintData(await dataOf(variant));
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** An experiment's data, loaded. */
export async function dataOf({ data }: Experiment): Promise<ExperimentData> {
  return typeof data === "function" ? await data() : data;
}

/**
 * Data with a part to judge by: the validation data, or a share of the training data that is held back (by the
 * experiment's seed, each class alike), or else the test data.
 *
 * @throws UserError when there is none of these
 */
export function prepareData({
  data,
  validation,
  seed,
  name,
}: Omit<Experiment, "data"> & { readonly data: ExperimentData }): {
  readonly data: ExperimentData;
  readonly judgedBy: JudgedBy;
} {
  if (data.validation !== undefined) return { data, judgedBy: "validation" };
  if (validation !== undefined)
    return { data: { ...data, ...split(data.train, { validation, seed }) }, judgedBy: "validation" };
  if (data.test !== undefined) return { data, judgedBy: "test" };
  throw new UserError(
    `experiment "${name}" has no data to judge candidates by`,
    "give data.validation, or validation: 0.2 to hold back a share of the training data",
  );
}

/**
 * The first candidate of the experiment's own data that can be trained, up to its first step; undefined where none can.
 * What is wrong with the others is told as their result.
 */
export async function prepareFirst(
  path: string,
  experiment: Experiment & { readonly data: ExperimentData },
  search: Search,
  candidates: readonly Candidate[],
): Promise<PreparedTraining | undefined> {
  for (const candidate of candidates) {
    try {
      if (search.candidate(candidate.values as never).data !== undefined) continue;
      const variant = { ...variantOf(path, experiment, search, candidate), data: experiment.data };
      const { validation: _, ...judged } = { ...variant, ...prepareData(variant) };
      return await prepareTraining(judged);
    } catch {
      // the process that trains it tells why
    }
  }
  return undefined;
}

/**
 * Trains a candidate and measures it as float and int8.
 *
 * @param onProgress called with the share of training that is done, about ten times a second
 * @param now milliseconds, of the computer's clock unless given
 * @throws UserError when it cannot be trained
 */
export async function trainCandidate(
  { validation: _, ...experiment }: Experiment,
  { data, judgedBy }: { readonly data: ExperimentData; readonly judgedBy: JudgedBy },
  { metric }: Goal,
  candidate: Candidate,
  onProgress: (share: number) => void,
  now?: () => number,
): Promise<{ readonly outcome: Trained; readonly model: TrainedModel["model"] }> {
  const allEpochs = experiment.epochs + (experiment.quantize?.aware?.epochs ?? 0);
  const { model, notQuantized, quantization, test, testInt8, history, warnings } = await trainModel(
    { ...experiment, data },
    {
      useThreads: false, // other candidates train beside this one
      ...(now && { now }),
      onProgress: ({ epoch, samplesDone, samples }, phase) => {
        const before = phase === "training" ? 0 : experiment.epochs;
        onProgress((before + epoch - 1 + samplesDone / samples) / allEpochs);
      },
    },
  );
  const { quantized } = model;
  if (quantized === undefined) {
    throw new UserError(
      notQuantized ?? "the network is not quantized",
      "a search compares networks by what they cost on the device",
    );
  }
  const program = planProgram(quantized);
  const onTest = test && testInt8 && { float: test.metrics[metric], int8: testInt8[metric] };
  const metrics = experiment.metrics ?? [];
  const judged = data.validation!;
  const onJudged =
    judgedBy === "test"
      ? onTest!
      : {
          float: evaluate(model.network, judged, experiment.loss, metrics).metrics[metric],
          int8: (await evaluateProgram(program, judged, metrics))[metric],
        };
  for (const [form, value] of Object.entries(onJudged)) {
    if (!Number.isFinite(value)) throw new UserError(`${metric} of the ${form} network is ${value}`);
  }
  const { macs, tableBytes, arenaBytes, parameters } = summarizeNetwork(program);
  const warning = quantization && tellDrop(quantization);
  const others = warnings.filter(({ message }) => message !== warning?.message);
  const outcome = {
    ...candidate,
    ...onJudged,
    ...(quantization && Number.isFinite(quantization.drop) && { drop: quantization.drop }),
    ...(warning && { warning }),
    ...(others.length > 0 && { warnings: others }),
    ...(judgedBy === "validation" && onTest && { test: onTest }),
    ...{ macs, flashBytes: tableBytes, ramBytes: arenaBytes, parameters },
    keptEpoch: history.keptEpoch,
    hash: networkHash(quantized),
  };
  return { outcome, model };
}
