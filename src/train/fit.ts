import { UserError } from "../errors.js";
import type { Random } from "../random.js";
import { elementCount, Tensor } from "../tensor.js";
import { Batch, layersBeforeLoss } from "./batch.js";
import { checkDataset, type Dataset, sampleCount, weighClasses } from "./dataset.js";
import { BestEpoch, type EarlyStop } from "./earlyStop.js";
import { type EngineName, type OpenEngine, openEngine } from "./engine/openEngine.js";
import { compileSampleLoop, type LoopState, type SampleLoop } from "./engine/sampleLoop.js";
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
  /** Whether other processors may help where that is faster; default true. No bit depends on it. */
  readonly useThreads?: boolean;
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

/** Samples that a loop trains before the clock is looked at: about a millisecond. */
const samplesAtOnce = 4096;

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
  const engine = openEngine(network.dtype, options);
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
  /** Whole steps written out, where that serves. */
  private readonly sampleLoop: SampleLoop | undefined;
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
    const isBare = this.penalties.length === 0 && options.clipGradients === undefined;
    if (options.engine !== "plain" && isBare) this.sampleLoop = compileSampleLoop(network, data, options);
  }

  /** @returns the mean loss, and what goes with it into the epoch's record */
  async runEpoch(
    epoch: number,
    order: Int32Array,
  ): Promise<Pick<EpochRecord, "learningRate" | "loss" | "penalty">> {
    const { batchSize, epochs } = this.options;
    const state: LoopState = { next: 0, end: 0, lossSum: 0, loss: 0 };
    while (state.next < order.length) {
      const before = state.next;
      this.advance(epoch, order, state);
      if (!Number.isFinite(state.loss)) {
        throw new UserError(
          `the loss is ${state.loss} in epoch ${epoch}, batch ${Math.ceil(state.next / batchSize)} of ${this.batchesOf(order)}`,
          `lower the learning rate (it is ${this.rateOf(epoch, order, before)}), and check that the data holds finite numbers only`,
        );
      }
      this.samplesShown += state.next - before;
      const now = performance.now();
      const isDue = now - this.latestProgress >= progressIntervalMs;
      if (!isDue && state.next < order.length) continue;
      this.options.onProgress?.({
        epoch,
        epochs,
        samplesDone: state.next,
        samples: order.length,
        loss: state.lossSum / state.next,
        samplesPerSecond: (this.samplesShown / (now - this.started)) * 1000,
      });
      if (!isDue) continue;
      this.latestProgress = now;
      await new Promise(setImmediate);
    }
    const penalty = this.penalties.length > 0 ? { penalty: this.penaltyNow() } : {};
    return { learningRate: this.rateOf(epoch, order, 0), loss: state.lossSum / order.length, ...penalty };
  }

  /** Trains the next batch, or with a loop some thousands of single samples. */
  private advance(epoch: number, order: Int32Array, state: LoopState): void {
    const { next } = state;
    const learningRate = this.rateOf(epoch, order, next);
    if (this.sampleLoop !== undefined) {
      state.end = Math.min(order.length, next + samplesAtOnce);
      this.sampleLoop(order, learningRate, state);
      this.stepper.memory.steps += state.next - next;
      return;
    }
    const chosen = order.subarray(next, next + this.options.batchSize);
    this.engine.beforeStep();
    state.loss = this.step(chosen, learningRate);
    this.engine.afterStep();
    state.next += chosen.length;
    state.lossSum += state.loss * chosen.length;
  }

  private batchesOf(order: Int32Array): number {
    return Math.ceil(order.length / this.options.batchSize);
  }

  /** Of the step that begins at a sample. */
  private rateOf(epoch: number, order: Int32Array, next: number): number {
    const { optimizer, batchSize } = this.options;
    return learningRateAt(optimizer.learningRate, epoch, (next / batchSize + 0.5) / this.batchesOf(order));
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
