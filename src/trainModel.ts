import type { Experiment, QuantizeSettings } from "./experiment.js";
import type { Model } from "./modelFile.js";
import { planProgram } from "./plan/planProgram.js";
import type { Program } from "./program.js";
import type { CalibrationMethod } from "./quantize/calibrate.js";
import { quantizeNetwork } from "./quantize/quantizeNetwork.js";
import { dequantizeTensor, quantizeTensor } from "./quantize/quantizeTensor.js";
import type { QuantizedNetwork } from "./quantizedNetwork.js";
import { runProgram } from "./runProgram.js";
import { elementCount, Tensor } from "./tensor.js";
import type { Dataset } from "./train/dataset.js";
import type { Evaluation } from "./train/evaluate.js";
import type { Metric } from "./train/metrics.js";
import type { Network } from "./train/network.js";
import { summarizeTraining, type TrainingHooks, trainExperiment } from "./train/trainExperiment.js";

/** What an experiment comes to. */
export interface TrainedModel {
  readonly model: Model & { readonly network: Network; readonly quantized: QuantizedNetwork };
  /** The float network on the test data; undefined without test data. */
  readonly test: Evaluation | undefined;
  /** The same metrics for the int8 network, run by the oracle. */
  readonly testInt8: Evaluation["metrics"] | undefined;
  readonly data: { readonly test?: Dataset };
}

const defaultPercentile = 99.99;
const defaultCalibrationSamples = 1000;

function calibrationMethod({ calibration = "minMax", percentile }: QuantizeSettings): CalibrationMethod {
  switch (calibration) {
    case "minMax":
      return { kind: "minMax" };
    case "percentile":
      return { kind: "percentile", keep: percentile ?? defaultPercentile };
    case "mse":
      return { kind: "meanSquaredError" };
  }
}

/** The first `count` samples, or all where there are fewer. */
function firstSamples(inputs: Tensor, count: number): Tensor {
  const kept = Math.min(count, inputs.shape[0]);
  const shape = inputs.shape.slice(1);
  return new Tensor([kept, ...shape], inputs.data.subarray(0, kept * elementCount(shape)));
}

/** Metrics of the int8 network over samples, its outputs as the real values they stand for. */
function evaluateProgram(
  program: Program,
  { inputs, targets }: Dataset,
  metrics: readonly Metric[],
): Evaluation["metrics"] {
  const samples = inputs.shape[0];
  const outputs = new Tensor([samples, ...program.output.shape]);
  for (let sample = 0; sample < samples; sample++) {
    const real = inputs.data.subarray(sample * program.input.bytes, (sample + 1) * program.input.bytes);
    const output = runProgram(program, quantizeTensor(real, program.input));
    outputs.data.set(dequantizeTensor(output, program.output), sample * program.output.bytes);
  }
  return Object.fromEntries(metrics.map((metric) => [metric.name, metric.measure(outputs, targets)]));
}

/**
 * The whole way on the host: trains an experiment's network, quantizes it with training samples, and measures both
 * on the test data. The same experiment gives the same bytes.
 *
 * @throws UserError when training fails or the network has no integer form
 */
export async function trainModel(experiment: Experiment, hooks: TrainingHooks = {}): Promise<TrainedModel> {
  const trained = await trainExperiment(experiment, hooks);
  const { network, data, test } = trained;
  const settings = experiment.quantize ?? {};
  const samples = firstSamples(data.train.inputs, settings.samples ?? defaultCalibrationSamples);
  const quantized = quantizeNetwork(network, samples, calibrationMethod(settings));
  const program = planProgram(quantized);
  const testInt8 = data.test && evaluateProgram(program, data.test, experiment.metrics ?? []);
  const training = { ...summarizeTraining(experiment, trained), ...(testInt8 && { testInt8 }) };
  return { model: { network, quantized, training }, test, testInt8, data };
}
