import type { Experiment } from "../experiment/experiment.js";
import type { ExperimentData } from "../train/data/dataset.js";
import { type Dataset, sampleCount } from "../train/data/dataset.js";
import type { Evaluation } from "../train/fitting/evaluate.js";
import type { History } from "../train/fitting/fit.js";
import type { Network } from "../train/network/network.js";
import type { BoundaryRecording } from "./boundaryRecorder.js";

/** What a report is made of. The same training gives the same page. */
export interface ReportInput {
  readonly experiment: Experiment;
  readonly network: Network;
  readonly data: ExperimentData;
  readonly history: History;
  /** Of training with the device's rounding, after that of {@link history}. */
  readonly awareHistory?: History | undefined;
  readonly test: Evaluation | undefined;
  readonly testInt8?: Evaluation["metrics"] | undefined;
  /** Metrics on training samples, one row an epoch, as {@link ReportRecorder} measures them. */
  readonly trainingMetrics: readonly EpochMetrics[];
  readonly boundary?: BoundaryRecording | undefined;
}

export interface EpochMetrics {
  readonly epoch: number;
  readonly metrics: Evaluation["metrics"];
}

/** Samples to judge by, and what to call them. */
export interface NamedData {
  readonly what: string;
  readonly dataset: Dataset;
}

/** Fewer samples than these tell little; then the training data is taken, and the page says so. */
const leastSamples = 10;

/** The test data if it has enough samples, else a validation set of its own, else the training data. */
export function judgingData({ train, validation, test }: ExperimentData): NamedData {
  const candidates: [string, Dataset | undefined][] = [
    ["test data", test],
    ["validation data", validation],
  ];
  for (const [what, dataset] of candidates) {
    if (dataset !== undefined && sampleCount(dataset) >= leastSamples) return { what, dataset };
  }
  return { what: "training data", dataset: train };
}

/** A user's name for an input or class; else what `fallback` makes of its number. */
export function nameOf(
  names: readonly string[] | undefined,
  index: number,
  fallback: (index: number) => string,
): string {
  return names?.[index] ?? fallback(index);
}
