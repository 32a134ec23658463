import { appendFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../base/makeFolder.js";
import type { Experiment } from "../experiment/experiment.js";
import type { TrainingHooks, TrainingPhase } from "../experiment/trainExperiment.js";
import type { EpochRecord } from "../train/fitting/history.js";
import { printWarning } from "./commandLine.js";

/** Writes a row of a .csv after every epoch, for a spreadsheet, or a plot that follows. */
export interface TrainLog {
  /** The same hooks, and rows of what a training that goes on had done before. */
  watch(hooks: TrainingHooks): TrainingHooks;
}

/** @throws UserError when the file cannot be written */
export async function startLog(
  path: string | undefined,
  experiment: Experiment,
): Promise<TrainLog | undefined> {
  if (path === undefined) return undefined;
  const { expectWritable, writeFilesAtomically } = await import("../base/files.js");
  makeFolder(dirname(path));
  expectWritable(path);
  let isBroken = false;
  const metrics = (experiment.metrics ?? []).map(({ name }) => name);
  const header = ["phase", "epoch", "learning_rate", "loss", "penalty", "validation_loss"]
    .concat(metrics.map((name) => `validation_${name}`))
    .map(cell)
    .join(",");
  const rowOf = (record: EpochRecord, phase: TrainingPhase): string => {
    const { epoch, learningRate, loss, penalty, validation } = record;
    const numbers = [epoch, learningRate, loss, penalty, validation?.loss].concat(
      metrics.map((name) => validation?.metrics[name]),
    );
    return `${[phase, ...numbers.map((value) => value ?? "")].join(",")}\n`;
  };
  return {
    watch: (hooks) => ({
      ...hooks,
      onStart(network, data, split) {
        const cut = hooks.onStart?.(network, data, split);
        const before: string[] = (cut?.finished?.history.epochs ?? []).map((each) => rowOf(each, "training"));
        const phase = cut?.finished === undefined ? "training" : "rounding";
        before.push(...(cut?.state.records ?? []).map((each) => rowOf(each, phase)));
        writeFilesAtomically([{ path, data: `${header}\n${before.join("")}` }]);
        return cut;
      },
      onEpoch(record, phase) {
        hooks.onEpoch?.(record, phase);
        if (isBroken) return;
        try {
          appendFileSync(path, rowOf(record, phase));
        } catch (error) {
          // the training is worth more; a file with a hole in it would be worth less than one that ends
          isBroken = true;
          printWarning({
            message: `the training goes on, but ${path} ends before epoch ${record.epoch}: ${(error as Error).message}`,
          });
        }
      },
    }),
  };
}

/** As RFC 4180 has it. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
