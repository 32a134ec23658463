import type { Evaluation } from "./evaluate.js";

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

/** How far a training has come. */
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

/** What a training came to, epoch by epoch. */
export interface History {
  readonly epochs: readonly EpochRecord[];
  /** The epoch whose parameters the network has: the best with early stop, else the last. */
  readonly keptEpoch: number;
}
