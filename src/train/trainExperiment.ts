import { UserError } from "../errors.js";
import type { Experiment, ExperimentData } from "../experiment.js";
import { Random } from "../random.js";
import { Tensor } from "../tensor.js";
import { type Dataset, sampleCount } from "./dataset.js";
import { type Evaluation, evaluate } from "./evaluate.js";
import { type FitOptions, fit, type History } from "./fit.js";
import { buildNetwork, type Network } from "./network.js";

export interface TrainedExperiment {
  readonly network: Network;
  readonly data: ExperimentData;
  readonly history: History;
  /** On the test data, when the experiment has some. */
  readonly test: Evaluation | undefined;
}

export type TrainingHooks = Pick<FitOptions, "onEpoch" | "onProgress">;

/**
 * Loads an experiment's data, builds its network, trains it, and measures it on the test data. The seed decides
 * everything that is random, in this order: initial weights (and the seeds of dropout) layer by layer, held-back samples, each epoch's order.
 *
 * @throws UserError when data and network do not fit, or training fails
 */
export async function trainExperiment(
  experiment: Experiment,
  hooks: TrainingHooks = {},
): Promise<TrainedExperiment> {
  const data = typeof experiment.data === "function" ? await experiment.data() : experiment.data;
  checkData(experiment.name, data);
  const { name, seed, loss, metrics = [], optimizer, epochs, batchSize, shuffle, earlyStop } = experiment;
  const random = new Random(seed);
  const inputShape = experiment.inputShape ?? data.train.inputs.shape.slice(1);
  const network = buildNetwork(name, inputShape, experiment.network, random, experiment.dtype);
  const validation = data.validation ?? experiment.validation;
  // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
  const history = await fit(network, data.train, {
    loss,
    optimizer,
    epochs,
    batchSize,
    random,
    metrics,
    ...(shuffle !== undefined && { shuffle }),
    ...(validation !== undefined && { validation }),
    ...(earlyStop && { earlyStop }),
    ...(experiment.penalty && { penalty: experiment.penalty }),
    ...(experiment.clipGradients && { clipGradients: experiment.clipGradients }),
    ...(experiment.classWeights && { classWeights: experiment.classWeights }),
    ...hooks,
  });
  const test = data.test && evaluate(network, data.test, loss, metrics);
  return { network, data, history, test };
}

function checkData(name: string, data: ExperimentData): void {
  for (const part of ["train", "validation", "test"] as const) {
    const set = data?.[part];
    if (set === undefined && part !== "train") continue;
    const { inputs, targets } = (set ?? {}) as Partial<Dataset>;
    const isRight =
      inputs instanceof Tensor &&
      (targets instanceof Tensor || targets instanceof Uint8Array || targets instanceof Int32Array);
    if (!isRight) {
      throw new UserError(
        `experiment "${name}": data.${part} must be { inputs: Tensor, targets: Tensor, Uint8Array or Int32Array }`,
      );
    }
  }
}

/** What a model file tells of its training. */
export function summarizeTraining(
  { seed, batchSize, loss, optimizer }: Experiment,
  { data, history, test }: TrainedExperiment,
) {
  return {
    seed,
    batchSize,
    loss: loss.kind,
    optimizer: optimizer.kind,
    samples: {
      train: sampleCount(data.train),
      validation: data.validation && sampleCount(data.validation),
      test: data.test && sampleCount(data.test),
    },
    keptEpoch: history.keptEpoch,
    epochs: history.epochs.map(({ validation, ...record }) => ({ ...record, validation: plain(validation) })),
    test: plain(test),
  };
}

function plain(evaluation: Evaluation | undefined) {
  return evaluation && { loss: evaluation.loss, ...evaluation.metrics };
}
