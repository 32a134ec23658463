import { existsSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { makeFolder } from "../base/makeFolder.js";
import { printable } from "../base/printable.js";
import type { Fingerprint } from "../experiment/checkpointFingerprint.js";
import type { Experiment } from "../experiment/experiment.js";
import type { TrainingHooks } from "../experiment/trainExperiment.js";
import type { RecorderState } from "../report/reportRecorder.js";
import type { ExperimentData } from "../train/data/dataset.js";
import type { FinishedTraining, FitState, Position, TrainingCut } from "../train/fitting/checkpoint.js";
import type { Network } from "../train/network/network.js";
import { tellProgress } from "./progress.js";
import { tryToKeep } from "./tryToKeep.js";

interface Attachment {
  state(): RecorderState;
  restore(state: RecorderState): void;
}

export interface CheckpointOptions {
  readonly path: string;
  /** Seconds between two checkpoints. */
  readonly seconds: number;
  /** Epochs between two checkpoints; none when absent. */
  readonly epochs?: number | undefined;
  /** Go on from the checkpoint when there is one. */
  readonly resume: boolean;
  /** What a report has seen so far, which is kept beside the training. */
  readonly attachment?: Attachment | undefined;
}

/** A training that was asked to stop. */
export class TrainingStopped extends UserError {
  constructor(
    message: string,
    readonly exitCode: number,
    /** Whether there is a checkpoint. */
    readonly canGoOn: boolean,
  ) {
    super(message);
  }
}

/** "models/xor.json" → "models/xor.checkpoint", or of the same name in another folder. */
export function checkpointPath(model: string, folder?: string): string {
  return join(folder ?? dirname(model), `${basename(model, ".json")}.checkpoint`);
}

/** What Node reads at once: no training that could write a larger one comes to its end. */
const largestCheckpoint = 2 ** 31 - 1;

/** Signal numbers: a shell tells 128 + number when a program ended by one. */
const signals = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Saves a training now and then and when it is interrupted, and lets it go on from there. A state that cannot be saved
 * is told, and the training goes on; the one that was saved before stays.
 *
 * @throws UserError when no checkpoint can be written, before training begins
 */
export async function keepCheckpoints(experiment: Experiment, options: CheckpointOptions) {
  const { path, seconds, epochs, resume, attachment } = options;
  const [
    { encodeCheckpoint, decodeCheckpoint },
    { fingerprintTraining, findDifference },
    { expectWritable, readBytes, writeFilesAtomically },
  ] = await Promise.all([
    import("../experiment/checkpointFormat.js"),
    import("../experiment/checkpointFingerprint.js"),
    import("../base/files.js"),
  ]);
  makeFolder(dirname(path));
  expectWritable(path);
  const warnings: string[] = [];
  const keep = tryToKeep("the training", warnings);
  let fingerprint: Fingerprint = {};
  let interruptedBy: keyof typeof signals | undefined;
  let savedAt = performance.now();

  /** Once: the second of a kind finds no listener, and ends the process as it always does. */
  const interrupt = (signal: NodeJS.Signals): void => {
    interruptedBy = signal as keyof typeof signals;
    tell("\nstopping after this step; once more ends at once");
  };
  const stopListening = (): void => {
    for (const signal of Object.keys(signals)) process.removeListener(signal, interrupt);
  };

  const isDue = ({ epoch, samplesDone, samples }: Position): boolean =>
    interruptedBy !== undefined ||
    performance.now() - savedAt >= seconds * 1000 ||
    (epochs !== undefined && samplesDone === samples && epoch % epochs === 0);

  const save = (state: FitState, finished?: FinishedTraining): void => {
    const failure = keep(() =>
      writeFilesAtomically([
        { path, data: encodeCheckpoint({ fingerprint, state, finished, attachment: attachment?.state() }) },
      ]),
    );
    savedAt = performance.now();
    if (interruptedBy === undefined) return;
    const outcome =
      failure === undefined ? `${path} has its state` : `its state is lost since it was last saved`;
    const message = `stopped in ${describePlace({ state, finished })}; ${outcome}`;
    throw new TrainingStopped(message, 128 + signals[interruptedBy], existsSync(path));
  };

  const describePlace = ({ state, finished }: TrainingCut): string => {
    const { aware } = experiment.quantize ?? {};
    const [epochs, of] =
      finished === undefined ? [experiment.epochs, ""] : [aware?.epochs, " of training with rounding"];
    return `epoch ${state.epoch} of ${epochs}${of}, sample ${state.samplesDone} of ${state.samples}`;
  };

  const read = (): TrainingCut | undefined => {
    if (!existsSync(path)) {
      tell(`there is no ${path}: training begins anew`);
      return undefined;
    }
    const stored = decodeCheckpoint(readBytes(path, largestCheckpoint), path);
    const difference = findDifference(stored.fingerprint, fingerprint);
    if (difference !== undefined) {
      throw new UserError(
        `${path} is of another training: ${difference.name} was ${difference.saved}, now it is ${difference.current}`,
        "put it back as it was, or begin anew without --resume",
      );
    }
    if (stored.attachment !== undefined) attachment?.restore(stored.attachment as RecorderState);
    tell(`going on in ${describePlace(stored)}, from ${path}`);
    return stored;
  };

  const hooks: Required<Pick<TrainingHooks, "checkpoint" | "onStart" | "onTrained">> = {
    checkpoint: { isDue, save },
    onStart(network: Network, data: ExperimentData) {
      fingerprint = fingerprintTraining(experiment, network, data);
      for (const signal of Object.keys(signals)) process.once(signal, interrupt);
      if (resume) return read();
      if (existsSync(path)) tell(`${path} is of a training that was cut; --resume would go on from it`);
      return undefined;
    },
    onTrained: () => {
      if (experiment.quantize?.aware === undefined) stopListening();
    },
  };
  return {
    hooks,
    /** What went wrong, so far. */
    warnings,
    /** To be called when training failed: signals act as usual again. */
    stopListening,
    /** To be called when the model is written: nothing is left to go on from. */
    remove: () => rmSync(path, { force: true }),
  };
}

function tell(line: string): void {
  tellProgress(printable(line));
}
