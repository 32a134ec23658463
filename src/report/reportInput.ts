import type { Experiment } from "../experiment/experiment.js";
import type { QuantizationLoss } from "../experiment/quantizationLoss.js";
import { type Dataset, type ExperimentData, sampleCount } from "../train/data/dataset.js";
import { takeSamples } from "../train/data/split.js";
import type { Split } from "../train/data/splitSamples.js";
import type { Evaluation } from "../train/fitting/evaluate.js";
import type { History } from "../train/fitting/history.js";
import type { Network } from "../train/network/network.js";
import type { BoundaryRecording } from "./boundaryRecorder.js";

/** What a report is made of. The same training gives the same page. */
export interface ReportInput {
  readonly experiment: Experiment;
  readonly network: Network;
  readonly data: ExperimentData;
  readonly split: Split;
  readonly history: History;
  /** Of training with the device's rounding, after that of {@link history}. */
  readonly awareHistory?: History | undefined;
  readonly test: Evaluation | undefined;
  readonly testInt8?: Evaluation["metrics"] | undefined;
  /** How far the integer network is from the float one. */
  readonly quantization?: QuantizationLoss | undefined;
  /** Metrics on training samples, one row an epoch, as {@link ReportRecorder} measures them. */
  readonly trainingMetrics: readonly EpochMetrics[];
  readonly boundary?: BoundaryRecording | undefined;
}

export interface EpochMetrics {
  readonly epoch: number;
  readonly metrics: Evaluation["metrics"];
}

/** Samples to judge by, what to call them, and why it is these where it is not test data. */
export interface NamedData {
  readonly what: string;
  readonly dataset: Dataset;
  readonly why?: string;
}

/**
 * The test data; without any, what was held back to validate; without this too, the training data.
 *
 * @param least samples: parts of fewer are passed over
 */
export function judgingData({ data, split: { training, validation } }: ReportInput, least = 1): NamedData {
  if (data.test !== undefined && sampleCount(data.test) >= least) {
    return { what: "test data", dataset: data.test };
  }
  if (validation !== undefined && validation.samples.length >= least) {
    const dataset = takeSamples(validation.data, validation.samples);
    return { what: "validation data", dataset, why: "There is no test data." };
  }
  return {
    what: "training data",
    dataset: takeSamples(data.train, training),
    why: "There is no test data, and this is what the network has learned by.",
  };
}

/** A user's name for an input or class; else what `fallback` makes of its number. */
export function nameOf(
  names: readonly string[] | undefined,
  index: number,
  fallback: (index: number) => string,
): string {
  return names?.[index] ?? fallback(index);
}
