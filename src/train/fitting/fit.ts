import { UserError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import { elementCount, Tensor } from "../../base/tensor.js";
import { type Augment, augmentBatch } from "../data/augment.js";
import { checkDataset, type Dataset, weighClasses } from "../data/dataset.js";
import { isSplit, type Split, splitSamples } from "../data/splitSamples.js";
import { type EngineName, type OpenEngine, openEngine } from "../engine/openEngine.js";
import { compileSampleLoop, type LoopState, type SampleLoop } from "../engine/sampleLoop.js";
import type { Parameter } from "../layers/layer.js";
import type { Loss } from "../losses/loss.js";
import type { Penalty } from "../losses/penalties.js";
import type { Network } from "../network/network.js";
import type { PassTransform } from "../network/passTransform.js";
import { learningRateAt, type Optimizer, type Stepper } from "../optimizers/optimizer.js";
import { Batch, layersBeforeLoss } from "./batch.js";
import { checkOutputs } from "./checkOutputs.js";
import {
  type Checkpointing,
  captureNetwork,
  copyMemory,
  type FitState,
  restoreMemory,
  restoreNetwork,
  trainedTensors,
} from "./checkpoint.js";
import { BestEpoch, type EarlyStop } from "./earlyStop.js";
import { Evaluator } from "./evaluate.js";
import type { EpochRecord, History, Progress } from "./history.js";
import { checkLimit, type GradientLimit, limitGradients } from "./limitGradients.js";
import type { Metric } from "./metrics.js";

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
  /**
   * Samples to judge by; or the share of the training samples to hold back for it, drawn at random; or what
   * {@link splitSamples} made of either, for trainings one after the other that hold back the same.
   */
  readonly validation?: Dataset | number | Split;
  /** Ends training when the validation loss (without validation: the training loss) stays above its best. */
  readonly earlyStop?: EarlyStop;
  /** Change each training sample, in this order, whenever it is shown. */
  readonly augment?: readonly Augment[];
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
  /** Saves the training's state now and then. */
  readonly checkpoint?: Checkpointing;
  /** Where to go on from instead of beginning anew: what {@link checkpoint} saved of the same training. */
  readonly resume?: FitState;
  /** Changes what flows through the network, in training and in validation. */
  readonly transform?: PassTransform;
  /** Called about ten times a second, and at the end of every epoch. */
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds; the computer's clock by default. When progress is told hangs on it, no bit does. */
  readonly now?: () => number;
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
  const split = isSplit(validation) ? validation : splitSamples(data, validation, random);
  const order = split.training.slice();
  const weighed = weighClasses(data, options.classWeights);
  checkOutputs(network, options.loss, data.targets);
  const engine = openEngine(network.dtype, options);
  try {
    engine.take(network.parameters());
    const trainer = new Trainer(network, weighed, options, engine);
    const evaluator =
      split.validation &&
      new Evaluator(network, split.validation.data, options.loss, metrics, {
        samples: split.validation.samples,
        engine,
        transform: options.transform,
      });
    const best = earlyStop && new BestEpoch(trainedTensors(network), earlyStop.patience);
    const { resume } = options;
    const records: EpochRecord[] = [...(resume?.records ?? [])];
    if (resume !== undefined) {
      order.set(resume.order);
      random.restore(resume.random);
      trainer.resume(resume);
      if (resume.best !== undefined) best?.resume(resume.best);
    }
    for (let epoch = resume?.epoch ?? 1; epoch <= epochs; epoch++) {
      const isCut = epoch === resume?.epoch;
      if (shuffle && !isCut) random.shuffle(order);
      const outcome = await trainer.runEpoch(epoch, order, {
        begun: isCut ? resume : undefined,
        describeRest: () => ({ random: random.state(), best: best?.state(), records: [...records] }),
      });
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

/** A batch's buffers with room for the loss's derivative. */
interface Step {
  readonly batch: Batch;
  readonly gradient: Tensor;
}

interface EpochRun {
  /** Where the epoch was cut; undefined when it begins. */
  readonly begun: Pick<FitState, "samplesDone" | "lossSum"> | undefined;
  /** What a state holds of things outside the trainer. */
  describeRest(): Pick<FitState, "random" | "best" | "records">;
}

/** The loop over batches, with buffers for the two sizes a batch can have. */
class Trainer {
  private readonly steps = new Map<number, Step>();
  private readonly parameters: readonly Parameter[];
  private readonly penalties: readonly { readonly parameter: Parameter; readonly penalty: Penalty }[];
  private readonly stepper: Stepper;
  /** Whole steps written out, where that serves. */
  private readonly sampleLoop: SampleLoop | undefined;
  private readonly now: () => number;
  private readonly started: number;
  private latestProgress: number;
  private samplesShown = 0;

  constructor(
    private readonly network: Network,
    private readonly data: Dataset,
    private readonly options: FitOptions,
    private readonly engine: OpenEngine,
  ) {
    this.now = options.now ?? (() => performance.now());
    this.started = this.now();
    this.latestProgress = this.started;
    this.parameters = network.parameters();
    this.penalties = this.parameters
      .filter(({ isWeight }) => isWeight)
      .flatMap((parameter) =>
        [parameter.penalty, options.penalty].flatMap((penalty) => (penalty ? [{ parameter, penalty }] : [])),
      );
    this.stepper = options.optimizer.start(this.parameters, this.engine);
    const { clipGradients, transform, augment } = options;
    const isBare = this.penalties.length === 0 && !clipGradients && !transform && !augment;
    if (options.engine !== "plain" && isBare) this.sampleLoop = compileSampleLoop(network, data, options);
  }

  /** Goes on from the values, the optimizer's memory and the transform of a state. */
  resume(state: FitState): void {
    restoreNetwork(this.network, state);
    restoreMemory(this.stepper.memory, state.stepper);
    if (state.transform !== undefined) this.options.transform?.restore?.(state.transform);
  }

  /** @returns the mean loss, and what goes with it into the epoch's record */
  async runEpoch(
    epoch: number,
    order: Int32Array,
    { begun, describeRest }: EpochRun,
  ): Promise<Pick<EpochRecord, "learningRate" | "loss" | "penalty">> {
    const { batchSize, epochs } = this.options;
    const done = begun?.samplesDone ?? 0;
    const state: LoopState = { next: done, end: done, lossSum: begun?.lossSum ?? 0, loss: 0 };
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
      this.checkpointIfDue(epoch, order, state, describeRest);
      const now = this.now();
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

  private checkpointIfDue(
    epoch: number,
    order: Int32Array,
    { next: samplesDone, lossSum }: LoopState,
    describeRest: EpochRun["describeRest"],
  ): void {
    const { checkpoint, transform } = this.options;
    const samples = order.length;
    if (!checkpoint?.isDue({ epoch, samplesDone, samples })) return;
    const network = captureNetwork(this.network);
    const stepper = copyMemory(this.stepper.memory);
    const position = { epoch, samplesDone, samples, lossSum, order: order.slice() };
    checkpoint.save({ ...position, ...network, stepper, transform: transform?.state?.(), ...describeRest() });
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
    augmentBatch(batch.inputs, this.options.augment, this.options.random);
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
    this.options.transform?.stepped();
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
      const { transform } = options;
      const batch = new Batch(network, data, size, { layerCount, isTraining: true, engine, transform });
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
