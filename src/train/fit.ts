import { UserError } from "../errors.js";
import type { Random } from "../random.js";
import { elementCount, Tensor } from "../tensor.js";
import { Batch, layersBeforeLoss } from "./batch.js";
import { checkDataset, type Dataset, sampleCount, weighClasses } from "./dataset.js";
import { BestEpoch, type EarlyStop } from "./earlyStop.js";
import { type EngineName, type OpenEngine, openEngine } from "./engine/openEngine.js";
import { allSamples, type Evaluation, Evaluator } from "./evaluate.js";
import type { Parameter } from "./layer.js";
import { checkLimit, type GradientLimit, limitGradients } from "./limitGradients.js";
import type { Loss } from "./loss.js";
import type { Metric } from "./metrics.js";
import type { Network } from "./network.js";
import { learningRateAt, type Optimizer, type Stepper } from "./optimizer.js";
import type { Penalty } from "./penalties.js";

export interface FitOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Times every sample is shown. */
  readonly epochs: number;
  /** Samples a step; the last step of an epoch may have fewer. */
  readonly batchSize: number;
  /** Source of the split's and the epochs' order. */
  readonly random: Random;
  /** Whether every epoch has an order of its own; default true. False keeps the given order. */
  readonly shuffle?: boolean;
  /** Samples to judge by, or the share of the training samples, drawn at random, to hold back for it. */
  readonly validation?: Dataset | number;
  /** Ends training when the validation loss (without validation: the training loss) stays above its best. */
  readonly earlyStop?: EarlyStop;
  /** On all weights, beside those of single layers. */
  readonly penalty?: Penalty;
  /** Makes gradients smaller where they are too large, before each step. */
  readonly clipGradients?: GradientLimit;
  /** Factors of the training samples' losses, by class number. */
  readonly classWeights?: readonly number[];
  /** Who computes; default the fastest that the machine has. All give the same bits. */
  readonly engine?: EngineName;
  /** Measured on the validation samples after every epoch. */
  readonly metrics?: readonly Metric[];
  /** Called after every epoch. */
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Called about ten times a second, and at the end of every epoch. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What an epoch brought; the same for the same seed. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Of the epoch's first step. */
  readonly learningRate: number;
  /** Mean over the epoch's samples, each measured just before its step; without penalties. */
  readonly loss: number;
  /** Of the weights at the epoch's end, where there are penalties. */
  readonly penalty?: number;
  readonly validation?: Evaluation;
}

export interface Progress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of this epoch. */
  readonly samplesDone: number;
  readonly samples: number;
  /** Mean over the epoch's samples so far. */
  readonly loss: number;
  /** Since training began. */
  readonly samplesPerSecond: number;
}

export interface History {
  readonly epochs: readonly EpochRecord[];
  /** The epoch whose parameters the network has: the best with early stop, else the last. */
  readonly keptEpoch: number;
}

const progressIntervalMs = 100;

/**
 * Trains a network in place. The same network, data, options and random state give the same bits.
 *
 * Between batches it gives way to the event loop about ten times a second.
 *
 * @throws UserError when data and network do not fit, an option is out of range, or the loss is no longer finite
 */
export async function fit(network: Network, data: Dataset, options: FitOptions): Promise<History> {
  const { epochs, random, validation, earlyStop, metrics = [], shuffle = true } = options;
  expectCount("epochs", epochs);
  expectCount("batchSize", options.batchSize);
  if (options.clipGradients) checkLimit(options.clipGradients);
  checkDataset("the training data", data, network.inputShape, network.outputShape);
  const split = splitSamples(data, validation, random);
  const weighed = weighClasses(data, options.classWeights);
  const engine = openEngine(network.dtype, options.engine);
  try {
    engine.take(network.parameters());
    const trainer = new Trainer(network, weighed, options, engine);
    const evaluator =
      split.validation &&
      new Evaluator(network, split.validation.data, options.loss, metrics, split.validation.samples, engine);
    const kept = [...network.parameters(), ...network.statistics()];
    const best = earlyStop && new BestEpoch(kept, earlyStop.patience);
    const records: EpochRecord[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      if (shuffle) random.shuffle(split.training);
      const outcome = await trainer.runEpoch(epoch, split.training);
      const judged = evaluator?.run();
      const record = { epoch, ...outcome, ...(judged && { validation: judged }) };
      records.push(record);
      options.onEpoch?.(record);
      if (best?.record(epoch, judged?.loss ?? outcome.loss)) break;
    }
    best?.restore();
    return { epochs: records, keptEpoch: best?.epoch ?? epochs };
  } finally {
    engine.close();
  }
}

interface Split {
  readonly training: Int32Array;
  readonly validation?: { readonly data: Dataset; readonly samples: Int32Array };
}

function splitSamples(data: Dataset, validation: Dataset | number | undefined, random: Random): Split {
  if (validation === undefined) return { training: allSamples(data) };
  if (typeof validation !== "number") {
    return { training: allSamples(data), validation: { data: validation, samples: allSamples(validation) } };
  }
  const count = sampleCount(data);
  const held = Math.round(count * validation);
  if (!(validation > 0 && validation < 1) || held === 0 || held === count) {
    throw new UserError(
      `validation must hold back some of the ${count} training samples and leave some, found ${validation}`,
      "give a share such as 0.1, or a data set of its own",
    );
  }
  const order = random.permutation(count);
  // Kept in the given order: with shuffle off, what is left is trained in the order the user gave.
  const training = order.slice(held).sort();
  return { training, validation: { data, samples: order.slice(0, held).sort() } };
}

/** A batch's buffers with room for the loss's derivative. */
interface Step {
  readonly batch: Batch;
  readonly gradient: Tensor;
}

/** The loop over batches, with buffers for the two sizes a batch can have. */
class Trainer {
  private readonly steps = new Map<number, Step>();
  private readonly parameters: readonly Parameter[];
  private readonly penalties: readonly { readonly parameter: Parameter; readonly penalty: Penalty }[];
  private readonly stepper: Stepper;
  private readonly started = performance.now();
  private latestProgress = this.started;
  private samplesShown = 0;

  constructor(
    private readonly network: Network,
    private readonly data: Dataset,
    private readonly options: FitOptions,
    private readonly engine: OpenEngine,
  ) {
    this.parameters = network.parameters();
    this.penalties = this.parameters
      .filter(({ isWeight }) => isWeight)
      .flatMap((parameter) =>
        [parameter.penalty, options.penalty].flatMap((penalty) => (penalty ? [{ parameter, penalty }] : [])),
      );
    this.stepper = options.optimizer.start(this.parameters, this.engine);
  }

  /** @returns the mean loss, and what goes with it into the epoch's record */
  async runEpoch(
    epoch: number,
    order: Int32Array,
  ): Promise<Pick<EpochRecord, "learningRate" | "loss" | "penalty">> {
    const { batchSize, epochs, optimizer } = this.options;
    const batches = Math.ceil(order.length / batchSize);
    const rateOf = (batch: number) => learningRateAt(optimizer.learningRate, epoch, (batch + 0.5) / batches);
    let lossSum = 0;
    for (let batch = 0; batch < batches; batch++) {
      const chosen = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      const learningRate = rateOf(batch);
      this.engine.beforeStep();
      const loss = this.step(chosen, learningRate);
      this.engine.afterStep();
      if (!Number.isFinite(loss)) {
        throw new UserError(
          `the loss is ${loss} in epoch ${epoch}, batch ${batch + 1} of ${batches}`,
          `lower the learning rate (it is ${learningRate}), and check that the data holds finite numbers only`,
        );
      }
      lossSum += loss * chosen.length;
      this.samplesShown += chosen.length;
      const samplesDone = batch * batchSize + chosen.length;
      const now = performance.now();
      if (samplesDone < order.length && now - this.latestProgress < progressIntervalMs) continue;
      this.latestProgress = now;
      this.options.onProgress?.({
        epoch,
        epochs,
        samplesDone,
        samples: order.length,
        loss: lossSum / samplesDone,
        samplesPerSecond: (this.samplesShown / (now - this.started)) * 1000,
      });
      await new Promise(setImmediate);
    }
    const penalty = this.penalties.length > 0 ? { penalty: this.penaltyNow() } : {};
    return { learningRate: rateOf(0), loss: lossSum / order.length, ...penalty };
  }

  /** @returns the batch's mean loss before the step */
  private step(chosen: Int32Array, learningRate: number): number {
    const { batch, gradient } = this.stepOf(chosen.length);
    const { ops } = this.engine;
    batch.gather(chosen);
    const prediction = batch.pass.forward(batch.inputs);
    const { weights } = batch;
    const loss = this.options.loss.evaluate(prediction, batch.targets, {
      gradient,
      ops,
      ...(weights && { weights }),
    });
    for (const parameter of this.parameters) parameter.gradient.data.fill(0);
    batch.pass.backward(gradient);
    for (const { parameter, penalty } of this.penalties) {
      penalty.addGradient(parameter.value.data, parameter.gradient.data, ops);
    }
    if (this.options.clipGradients) limitGradients(this.parameters, this.options.clipGradients, ops);
    this.stepper.step(learningRate);
    return loss;
  }

  private penaltyNow(): number {
    const { ops } = this.engine;
    return this.penalties.reduce(
      (sum, { parameter, penalty }) => sum + penalty.loss(parameter.value.data, ops),
      0,
    );
  }

  private stepOf(size: number): Step {
    let step = this.steps.get(size);
    if (step === undefined) {
      const { network, data, options, engine } = this;
      const layerCount = layersBeforeLoss(network, options.loss);
      const batch = new Batch(network, data, size, { layerCount, isTraining: true, engine });
      const { shape } = batch.pass.outputs.at(-1) ?? batch.inputs;
      const gradient = new Tensor(shape, engine.createFloats(network.dtype, elementCount(shape)));
      step = { batch, gradient };
      this.steps.set(size, step);
    }
    return step;
  }
}

function expectCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new UserError(`${name} must be an integer above 0, found ${value}`);
  }
}
