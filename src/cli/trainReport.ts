import { dirname } from "node:path";
import { UserError } from "../base/errors.js";
import { makeFolder } from "../base/makeFolder.js";
import type { Experiment } from "../experiment/experiment.js";
import type { TrainingHooks } from "../experiment/trainExperiment.js";
import type { TrainedModel } from "../experiment/trainModel.js";
import type { ReportRecorder } from "../report/reportRecorder.js";
import type { EpochRecord } from "../train/fitting/history.js";
import { tryToKeep } from "./tryToKeep.js";

/** A report that is being prepared while training. */
export interface TrainingReport {
  readonly recorder: ReportRecorder;
  /** The hooks, with what the report has to see. */
  watch(hooks: TrainingHooks): TrainingHooks;
  write(trained: TrainedModel): void;
}

const liveSeconds = 2;

/**
 * @param path of the page; no report when undefined
 * @param live write the page while training, too
 * @throws UserError when live has no page to write, or the page cannot be written
 */
export async function startReport(
  path: string | undefined,
  live: boolean,
  experiment: Experiment,
): Promise<TrainingReport | undefined> {
  if (path === undefined) {
    if (live)
      throw new UserError("--live shows the report: it needs --report <file>", "add --report report.html");
    return undefined;
  }
  const [{ ReportRecorder }, { expectWritable, writeFilesAtomically }] = await Promise.all([
    import("../report/reportRecorder.js"),
    import("../base/files.js"),
  ]);
  const recorder = new ReportRecorder(experiment);
  const write = (data: string) => writeFilesAtomically([{ path, data }]);
  makeFolder(dirname(path));
  expectWritable(path);
  const keep = tryToKeep("the training");
  const epochs: EpochRecord[] = [];
  let hasEnded = false;
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    recorder,
    watch: (hooks) => ({
      ...hooks,
      onStart(network, data, split) {
        recorder.start(network, data, split);
        const resume = hooks.onStart?.(network, data, split);
        epochs.push(...(resume?.state.records ?? []));
        return resume;
      },
      onTrained(history) {
        hooks.onTrained?.(history);
        recorder.end(history);
        hasEnded = true;
      },
      onEpoch(record, phase) {
        hooks.onEpoch?.(record, phase);
        if (hasEnded) return;
        recorder.record(record);
        epochs.push(record);
        if (!live || performance.now() - writtenAt < liveSeconds * 1000) return;
        keep(() => write(recorder.renderRunning(epochs, liveSeconds)));
        writtenAt = performance.now();
      },
    }),
    write: (trained) =>
      write(recorder.render({ ...trained, network: trained.model.network }, trained.testInt8)),
  };
}
