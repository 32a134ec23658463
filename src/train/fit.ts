import { UserError } from "../errors.js";
import type { Random } from "../random.js";
import { elementCount, Tensor } from "../tensor.js";
import { Batch, layersBeforeLoss } from "./batch.js";
import {
  type Checkpointing,
  captureNetwork,
  copyMemory,
  type FitState,
  restoreMemory,
  restoreNetwork,
  trainedTensors,
} from "./checkpoint.js";
import { type Augment, augmentBatch } from "./data/augment.js";
import { checkDataset, type Dataset, weighClasses } from "./dataset.js";
import { BestEpoch, type EarlyStop } from "./earlyStop.js";
import { type Evaluation, Evaluator } from "./evaluate.js";
import { splitSamples } from "./holdBack.js";
import type { Parameter } from "./layer.js";
import { checkLimit, type GradientLimit, limitGradients } from "./limitGradients.js";
import type { Loss } from "./loss.js";
import type { Metric } from "./metrics.js";
import type { Network } from "./network.js";
import { type Engine, typescriptEngine } from "./ops/engine.js";
import { learningRateAt, type Optimizer, type Stepper } from "./optimizer.js";
import type { PassTransform } from "./passTransform.js";
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
  /** Change each training sample, in this order, whenever it is shown. */
  readonly augment?: readonly Augment[];
  /** On all weights, beside those of single layers. */
  readonly penalty?: Penalty;
  /** Makes gradients smaller where they are too large, before each step. */
  readonly clipGradients?: GradientLimit;
  /** Factors of the training samples' losses, by class number. */
  readonly classWeights?: readonly number[];
  /** Default the plain TypeScript functions. */
  readonly engine?: Engine;
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
  const { epochs, random, validation, earlyStop, metrics = [], shuffle = true, engine } = options;
  expectCount("epochs", epochs);
  expectCount("batchSize", options.batchSize);
  if (options.clipGradients) checkLimit(options.clipGradients);
  checkDataset("the training data", data, network.inputShape, network.outputShape);
  const split = splitSamples(data, validation, random);
  const weighed = weighClasses(data, options.classWeights);
  const moved = moveTo(engine ?? typescriptEngine, network.parameters());
  try {
    const trainer = new Trainer(network, weighed, options);
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
      split.training.set(resume.order);
      random.restore(resume.random);
      trainer.resume(resume);
      if (resume.best !== undefined) best?.resume(resume.best);
    }
    for (let epoch = resume?.epoch ?? 1; epoch <= epochs; epoch++) {
      const isCut = epoch === resume?.epoch;
      if (shuffle && !isCut) random.shuffle(split.training);
      const outcome = await trainer.runEpoch(epoch, split.training, {
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
    moved.back();
  }
}

/** Puts parameters into an engine's memory, and takes their values back to where they were. */
function moveTo(engine: Engine, parameters: readonly Parameter[]): { back(): void } {
  if (engine === typescriptEngine) return { back: () => {} };
  const copy = ({ shape, dtype, data }: Tensor) => {
    const tensor = new Tensor(shape, engine.createFloats(dtype, data.length));
    tensor.data.set(data);
    return tensor;
  };
  const homes = parameters.map(({ value, gradient }) => ({ value, gradient }));
  for (const parameter of parameters) {
    parameter.value = copy(parameter.value);
    parameter.gradient = copy(parameter.gradient);
  }
  return {
    back() {
      parameters.forEach((parameter, index) => {
        const { value, gradient } = homes[index];
        value.data.set(parameter.value.data);
        parameter.value = value;
        parameter.gradient = gradient;
      });
    },
  };
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
  private readonly engine: Engine;
  private readonly started = performance.now();
  private latestProgress = this.started;
  private samplesShown = 0;

  constructor(
    private readonly network: Network,
    private readonly data: Dataset,
    private readonly options: FitOptions,
  ) {
    this.engine = options.engine ?? typescriptEngine;
    this.parameters = network.parameters();
    this.penalties = this.parameters
      .filter(({ isWeight }) => isWeight)
      .flatMap((parameter) =>
        [parameter.penalty, options.penalty].flatMap((penalty) => (penalty ? [{ parameter, penalty }] : [])),
      );
    this.stepper = options.optimizer.start(this.parameters, this.engine);
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
    const { batchSize, epochs, optimizer, checkpoint } = this.options;
    const samples = order.length;
    const batches = Math.ceil(order.length / batchSize);
    const rateOf = (batch: number) => learningRateAt(optimizer.learningRate, epoch, (batch + 0.5) / batches);
    let lossSum = begun?.lossSum ?? 0;
    // every batch but an epoch's last is full
    for (let batch = Math.ceil((begun?.samplesDone ?? 0) / batchSize); batch < batches; batch++) {
      const chosen = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      const learningRate = rateOf(batch);
      const loss = this.step(chosen, learningRate);
      if (!Number.isFinite(loss)) {
        throw new UserError(
          `the loss is ${loss} in epoch ${epoch}, batch ${batch + 1} of ${batches}`,
          `lower the learning rate (it is ${learningRate}), and check that the data holds finite numbers only`,
        );
      }
      lossSum += loss * chosen.length;
      this.samplesShown += chosen.length;
      const samplesDone = batch * batchSize + chosen.length;
      if (checkpoint?.isDue({ epoch, samplesDone, samples })) {
        const network = captureNetwork(this.network);
        const stepper = copyMemory(this.stepper.memory);
        const position = { epoch, samplesDone, samples, lossSum, order: order.slice() };
        const transform = this.options.transform?.state?.();
        checkpoint.save({ ...position, ...network, stepper, transform, ...describeRest() });
      }
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
