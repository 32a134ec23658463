import { UserError } from "../base/errors.js";
import type { Experiment } from "../experiment/experiment.js";
import type { TrainedExperiment } from "../experiment/trainExperiment.js";
import type { Dataset, ExperimentData } from "../train/data/dataset.js";
import { sampleCount } from "../train/data/dataset.js";
import type { Split } from "../train/data/splitSamples.js";
import { evaluate } from "../train/fitting/evaluate.js";
import type { EpochRecord, History } from "../train/fitting/history.js";
import type { Network } from "../train/network/network.js";
import { BoundaryRecorder, type BoundaryRecording, hasBoundary } from "./boundaryRecorder.js";
import { takeSamples } from "./permutationImportance.js";
import { renderReport, renderRunningReport } from "./renderReport.js";
import type { EpochMetrics, ReportInput } from "./reportInput.js";

/** Training samples that metrics are measured on after an epoch: a look at all of a large set costs too much. */
const maxMeasured = 2000;
/** With the metrics of so many epochs a curve is smooth; more would only slow training down. */
const maxEpochs = 200;

/** What a recorder has seen so far; plain data. */
export interface RecorderState {
  readonly trainingMetrics: readonly EpochMetrics[];
  /** Shares in base64. */
  readonly frames: readonly { readonly epoch: number; readonly shares: string }[];
}

/** Watches a training and keeps what its report shows beyond the training's own history. Changes no bit of it. */
export class ReportRecorder {
  private trainingMetrics: EpochMetrics[] = [];
  private network: Network | undefined;
  private data: ExperimentData | undefined;
  private split: Split | undefined;
  private measured: Dataset | undefined;
  private boundary: BoundaryRecorder | undefined;
  private finalBoundary: BoundaryRecording | undefined;
  private isEnded = false;
  private readonly stride: number;

  constructor(private readonly experiment: Experiment) {
    this.stride = Math.ceil(experiment.epochs / maxEpochs);
  }

  /** Before the first step. */
  start(network: Network, data: ExperimentData, split: Split): void {
    const { experiment } = this;
    const { train } = data;
    this.network = network;
    this.data = data;
    this.split = split;
    const count = Math.min(maxMeasured, sampleCount(train));
    const stride = sampleCount(train) / count;
    const chosen = Int32Array.from({ length: count }, (_, index) => Math.floor(index * stride));
    this.measured = count < sampleCount(train) ? takeSamples(train, chosen) : train;
    if (!hasBoundary(network, train)) return;
    this.boundary = new BoundaryRecorder(network, train, experiment.epochs, experiment.loss);
    this.boundary.record(0);
  }

  /** After an epoch. Those of quantization-aware training, which come after the end, are not kept. */
  record({ epoch }: EpochRecord): void {
    if (this.isEnded) return;
    const isDrawn = this.boundary?.record(epoch) ?? false;
    if (isDrawn || epoch === 1 || epoch % this.stride === 0) this.measure(epoch);
  }

  /** After the last step, when the network has the values of the epoch that was kept. */
  end({ keptEpoch }: History): void {
    this.isEnded = true;
    this.finalBoundary = this.boundary?.finish(keptEpoch);
    if (!this.trainingMetrics.some(({ epoch }) => epoch === keptEpoch)) this.measure(keptEpoch);
  }

  private measure(epoch: number): void {
    const { network, measured, experiment } = this;
    if (network === undefined || measured === undefined) throw new Error("record before start");
    const { metrics = [] } = experiment;
    if (metrics.length === 0) return;
    try {
      this.trainingMetrics.push({
        epoch,
        metrics: evaluate(network, measured, experiment.loss, metrics).metrics,
      });
    } catch (error) {
      // A metric may need what these samples lack, such as both classes: no reason to end a training.
      if (!(error instanceof UserError)) throw error;
    }
  }

  state(): RecorderState {
    const frames = this.boundary?.state() ?? [];
    return {
      trainingMetrics: [...this.trainingMetrics],
      frames: frames.map(({ epoch, shares }) => ({ epoch, shares: Buffer.from(shares).toString("base64") })),
    };
  }

  /** Goes on from a {@link state}; call it after {@link start}. */
  restore({ trainingMetrics, frames }: RecorderState): void {
    this.trainingMetrics = [...trainingMetrics];
    this.boundary?.restore(
      frames.map(({ epoch, shares }) => ({ epoch, shares: Uint8Array.from(Buffer.from(shares, "base64")) })),
    );
  }

  /**
   * The page of a training that goes on, for a browser that loads it anew every few seconds.
   *
   * @param epochs so far; one or more
   */
  renderRunning(epochs: readonly EpochRecord[], refreshSeconds: number): string {
    const { network, data, split, experiment, trainingMetrics } = this;
    if (network === undefined || data === undefined || split === undefined)
      throw new Error("renderRunning before start");
    const keptEpoch = epochs[epochs.length - 1].epoch;
    const boundary = this.boundary?.finish(keptEpoch);
    const input = { experiment, network, data, split, trainingMetrics, boundary, test: undefined };
    return renderRunningReport({ ...input, history: { epochs, keptEpoch } }, refreshSeconds);
  }

  /** @returns the page of a training that has {@link end}ed */
  render(
    trained: TrainedExperiment & Pick<ReportInput, "awareHistory" | "quantization">,
    testInt8?: ReportInput["testInt8"],
  ): string {
    const { network, data, split, history, awareHistory, test, quantization } = trained;
    return renderReport({
      experiment: this.experiment,
      ...{ network, data, split, history, awareHistory, test, testInt8, quantization },
      trainingMetrics: this.trainingMetrics.toSorted((a, b) => a.epoch - b.epoch),
      boundary: this.finalBoundary,
    });
  }
}
