import { UserError, type Warning } from "../base/errors.js";
import { Random } from "../base/random.js";
import { elementCount } from "../base/tensor.js";
import { trainedSource } from "../model/fromModel.js";
import type { Model, UserAxes } from "../model/modelFile.js";
import { classNamesOfOutputs, labelsOfColumns } from "../network/classNames.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import type { Program } from "../program/program.js";
import { planSelfTest } from "../program/selfTest.js";
import { type CalibrationMethod, calibrate, type RealRange } from "../quantize/calibrate.js";
import { drawSamples } from "../quantize/drawSamples.js";
import { FakeQuantization } from "../quantize/fakeQuantization.js";
import { prepareForIntegers } from "../quantize/prepareForIntegers.js";
import { quantizeWithRanges } from "../quantize/quantizeNetwork.js";
import type { Dataset, ExperimentData } from "../train/data/dataset.js";
import { takeSamples } from "../train/data/split.js";
import type { Split } from "../train/data/splitSamples.js";
import { givesAnomalyScore } from "../train/fitting/checkOutputs.js";
import { captureNetwork, type FinishedTraining, setValues } from "../train/fitting/checkpoint.js";
import type { Evaluation } from "../train/fitting/evaluate.js";
import { fit } from "../train/fitting/fit.js";
import type { History } from "../train/fitting/history.js";
import { measureAll, plainMetrics } from "../train/fitting/measureAll.js";
import type { Metric } from "../train/fitting/metrics.js";
import { ChannelPruning } from "../train/network/channelPruning.js";
import type { Network } from "../train/network/network.js";
import { combineTransforms } from "../train/network/passTransform.js";
import { learningRateAt } from "../train/optimizers/optimizer.js";
import { type AnomalyThreshold, measureThreshold, thresholdToJson } from "./anomalyThreshold.js";
import type { AwareSettings, Experiment, QuantizeSettings } from "./experiment.js";
import { nameFeature } from "./nameFeature.js";
import {
  measureQuantizationLoss,
  plainLoss,
  type QuantizationLoss,
  runSamples,
  tellDrop,
} from "./quantizationLoss.js";
import {
  evaluateTest,
  fitOptions,
  summarizeEpochs,
  summarizeTraining,
  type TrainedExperiment,
  type TrainingHooks,
  trainExperiment,
} from "./trainExperiment.js";

/** What an experiment comes to. */
export interface TrainedModel {
  readonly model: Model & { readonly network: Network };
  /** Why the model has no integer network: what the device cannot run. */
  readonly notQuantized: string | undefined;
  /** The float network on the test data; undefined without test data. */
  readonly test: Evaluation | undefined;
  /** The same metrics for the int8 network, run by the oracle. */
  readonly testInt8: Evaluation["metrics"] | undefined;
  /** Those before quantization-aware training; undefined without it. */
  readonly testInt8BeforeAware: Evaluation["metrics"] | undefined;
  readonly data: ExperimentData;
  /** Which samples trained, and which judged. */
  readonly split: Split;
  readonly history: History;
  /** Of training with rounding, which came after; undefined without it. */
  readonly awareHistory: History | undefined;
  /** Where the integer network draws the line; undefined where it does not tell how far a sample is from what is normal. */
  readonly anomaly: AnomalyThreshold | undefined;
  /** How far the integer network is from the float one; undefined where there is none. */
  readonly quantization: QuantizationLoss | undefined;
  /** What the user should know of it. */
  readonly warnings: readonly Warning[];
}

const defaultPercentile = 99.99;
const defaultCalibrationSamples = 1000;

function calibrationMethod({
  calibration = "minMax",
  percentile,
  activations,
}: QuantizeSettings): CalibrationMethod {
  if (calibration === "mse" && activations === "int16") {
    throw new UserError(
      'quantize: calibration "mse" weighs 256 steps, and activations "int16" have 65536',
      'take calibration: "minMax" or "percentile"',
    );
  }
  switch (calibration) {
    case "minMax":
      return { kind: "minMax" };
    case "percentile":
      return { kind: "percentile", keep: percentile ?? defaultPercentile };
    case "mse":
      return { kind: "meanSquaredError" };
  }
}

/** Metrics of the int8 network over samples, its outputs as the real values they stand for. */
export async function evaluateProgram(
  program: Program,
  { inputs, targets }: Dataset,
  metrics: readonly Metric[],
): Promise<Evaluation["metrics"]> {
  return measureAll(metrics, await runSamples(program, inputs), targets);
}

/** Goes on training with fake quantization, and quantizes with the ranges that it found. */
async function trainAware(
  experiment: Experiment,
  { epochs, learningRate }: AwareSettings,
  network: Network,
  { data, split, cut }: TrainedExperiment,
  ranges: readonly RealRange[],
  { checkpoint, onEpoch, onProgress, useThreads, now }: TrainingHooks,
  finished: FinishedTraining,
): Promise<{ readonly quantized: QuantizedNetwork; readonly awareHistory: History }> {
  const activations = experiment.quantize?.activations;
  const rounding = new FakeQuantization(network, ranges, activations);
  const pruned = ChannelPruning.ofZeros(network);
  // not the very last rate: schedules end in 0
  const lastRate = learningRateAt(experiment.optimizer.learningRate, experiment.epochs, 0);
  // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
  const awareHistory = await fit(network, data.train, {
    ...fitOptions(experiment, split, new Random(experiment.seed)),
    optimizer: { ...experiment.optimizer, learningRate: learningRate ?? lastRate / 10 },
    epochs,
    transform: combineTransforms([pruned, rounding]),
    onEpoch: (record) => onEpoch?.(record, "rounding"),
    onProgress: (progress) => onProgress?.(progress, "rounding"),
    ...(useThreads !== undefined && { useThreads }),
    ...(now && { now }),
    ...(cut?.finished && { resume: cut.state }),
    ...(checkpoint && {
      checkpoint: {
        isDue: (position) => checkpoint.isDue(position),
        save: (state) => checkpoint.save(state, finished),
      },
    }),
  });
  return { quantized: quantizeWithRanges(network, rounding.ranges, activations), awareHistory };
}

/**
 * The whole way on the host: trains an experiment's network, quantizes it with training samples (and goes on training
 * with rounding, if the experiment asks for it), and measures both on the test data. The same experiment gives the
 * same bytes.
 *
 * A network that the device cannot run is trained all the same, and stays in floating point.
 *
 * @throws UserError when training fails
 */
export async function trainModel(experiment: Experiment, hooks: TrainingHooks = {}): Promise<TrainedModel> {
  const trained = await trainExperiment(experiment, hooks);
  const { data } = trained;
  const network = prepareForIntegers(trained.network);
  const { metrics = [], quantize: { aware } = {} } = experiment;
  const measure = async (quantized: QuantizedNetwork) =>
    data.test && evaluateProgram(planProgram(quantized), data.test, metrics);
  const { ranges, quantized, notQuantized } = quantizeIfPossible(experiment, network, data);
  if (quantized === undefined) return describe(experiment, { ...trained, network }, { notQuantized }, hooks);
  const afterTraining = { quantized, testInt8: await measure(quantized) };
  if (aware === undefined) return describe(experiment, { ...trained, network }, afterTraining, hooks);
  const finished = { values: captureNetwork(trained.network).values, history: trained.history };
  try {
    const rounded = await trainAware(experiment, aware, network, trained, ranges, hooks, finished);
    const { test, warnings } = evaluateTest(network, data, experiment);
    return await describe(
      experiment,
      { ...trained, network, test, warnings: [...trained.warnings, ...warnings] },
      { ...rounded, testInt8: await measure(rounded.quantized), testInt8BeforeAware: afterTraining.testInt8 },
      hooks,
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // what was trained before is whole, and may have taken hours
    const warning = {
      message: `training with rounding failed, the model is that before it: ${error.message}`,
      ...(error.hint !== undefined && { hint: error.hint }),
    };
    hooks.onWarning?.(warning);
    setValues(trained.network, finished.values);
    const restored = {
      network: prepareForIntegers(trained.network),
      warnings: [...trained.warnings, warning],
    };
    return describe(experiment, { ...trained, ...restored }, afterTraining, hooks);
  }
}

interface Quantizing {
  readonly ranges: readonly RealRange[];
  readonly quantized?: QuantizedNetwork;
  readonly notQuantized?: string;
}

/** The integer network, or why there is none. */
function quantizeIfPossible(experiment: Experiment, network: Network, { train }: ExperimentData): Quantizing {
  const { seed, quantize = {} } = experiment;
  let ranges: readonly RealRange[] = [];
  try {
    const samples = drawSamples(train.inputs, quantize.samples ?? defaultCalibrationSamples, seed);
    ranges = calibrate(network, samples, calibrationMethod(quantize), train.inputs);
    const quantized = quantizeWithRanges(network, ranges, quantize.activations);
    const program = planProgram(quantized);
    // what a user's own kernel does wrong shows when it runs
    if (program.calls.some(({ own }) => own)) planSelfTest(program);
    return { ranges, quantized };
  } catch (error) {
    if (error instanceof UserError) return { ranges, notQuantized: nameFeature(error.message, train) };
    throw error;
  }
}

interface QuantizationOutcome {
  readonly notQuantized?: string | undefined;
  readonly quantized?: QuantizedNetwork | undefined;
  readonly awareHistory?: History;
  readonly testInt8?: Evaluation["metrics"] | undefined;
  readonly testInt8BeforeAware?: Evaluation["metrics"] | undefined;
}

async function describe(
  experiment: Experiment,
  trained: TrainedExperiment,
  { notQuantized, quantized, awareHistory, testInt8, testInt8BeforeAware }: QuantizationOutcome,
  { onWarning }: TrainingHooks,
): Promise<TrainedModel> {
  const { network, data, split, test, history } = trained;
  const quantization = quantized && (await compare(experiment, trained, quantized));
  const anomaly =
    quantized && givesAnomalyScore(network)
      ? await measureThreshold(planProgram(quantized), data, split, experiment.anomaly)
      : undefined;
  const fallsBehind = quantization && tellDrop(quantization);
  if (fallsBehind !== undefined) onWarning?.(fallsBehind);
  const warnings = fallsBehind === undefined ? trained.warnings : [...trained.warnings, fallsBehind];
  const training = {
    ...summarizeTraining(experiment, trained),
    ...(awareHistory && { awareEpochs: summarizeEpochs(awareHistory) }),
    ...(testInt8 && { testInt8: plainMetrics(testInt8) }),
    ...(testInt8BeforeAware && { testInt8BeforeAware: plainMetrics(testInt8BeforeAware) }),
    ...(quantization && { quantization: plainLoss(quantization) }),
    ...(anomaly && { anomaly: thresholdToJson(anomaly) }),
  };
  const classNames = classNamesOfOutputs(data.train.classNames, elementCount(network.outputShape));
  const axes = trainedSource(experiment.network)?.axes;
  const labelled =
    quantized && labelPorts(quantized, data.train.inputNames, classNames, axes, anomaly?.threshold);
  return {
    model: {
      ...{ network, quantized: labelled, training },
      ...(experiment.pins && { pins: experiment.pins }),
      ...(classNames && { classNames }),
      ...(axes && { axes }),
    },
    notQuantized,
    test,
    testInt8,
    testInt8BeforeAware,
    data,
    split,
    history,
    awareHistory,
    anomaly,
    quantization,
    warnings,
  };
}

/** The data's names at the ports of the network that was trained on it. */
function labelPorts(
  quantized: QuantizedNetwork,
  inputNames: readonly string[] | undefined,
  classNames: readonly string[] | undefined,
  axes: UserAxes = {},
  threshold?: number,
): QuantizedNetwork {
  const [input, output] = [onlyInput(quantized), onlyOutput(quantized)];
  const columns = labelsOfColumns(inputNames, quantized.tensors[input.tensor].shape.at(-1) ?? 0);
  return {
    ...quantized,
    inputs: [{ ...input, ...(columns && { labels: columns }), ...(axes.input && { axes: axes.input }) }],
    outputs: [
      {
        ...output,
        ...(classNames && { labels: classNames }),
        ...(axes.output && { axes: axes.output }),
        ...(threshold !== undefined && { threshold }),
      },
    ],
  };
}

/** On the test data, else on what was held back, else on training samples. */
function compare(
  { metrics = [], loss, seed }: Experiment,
  { network, data, split: { validation } }: TrainedExperiment,
  quantized: QuantizedNetwork,
): Promise<QuantizationLoss> {
  const held = validation && takeSamples(validation.data, validation.samples);
  const [what, dataset] =
    data.test !== undefined
      ? ["the test data", data.test]
      : held !== undefined
        ? ["the validation data", held]
        : ["training data", data.train];
  return measureQuantizationLoss({ network, quantized, dataset, what, metrics, loss, seed });
}
