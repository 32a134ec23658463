import type { TrainingHooks, TrainingPhase } from "../experiment/trainExperiment.js";
import { formatMeasured } from "../train/fitting/measureAll.js";
import { titleOfMetric } from "../train/fitting/metrics.js";
import { type Progress, startProgress } from "./progress.js";

const millisecondsBetweenLines = 1000;

const labels: Readonly<Record<TrainingPhase, string>> = {
  training: "training",
  rounding: "training with rounding",
};

/**
 * A progress display over all epochs of a phase, and a line for an epoch about once a second.
 *
 * @param which training it is, before every line
 */
export function showTraining(which = ""): TrainingHooks & { stop(): void } {
  let bar: Progress | undefined;
  let shown: TrainingPhase | undefined;
  let printedAt = Number.NEGATIVE_INFINITY;
  let classes: readonly string[] | undefined;
  return {
    onData(summary) {
      classes = summary.classes;
    },
    onProgress({ epoch, epochs, samplesDone, samples, loss, samplesPerSecond }, phase) {
      if (bar === undefined || phase !== shown) {
        bar?.stop();
        bar = startProgress(`${which}${labels[phase]}`, epochs * samples);
        shown = phase;
      }
      const done = (epoch - 1) * samples + samplesDone;
      const left = (epochs * samples - done) / samplesPerSecond;
      bar.update(
        done,
        `${Math.round(samplesPerSecond)} samples/s, loss ${loss.toPrecision(3)}, ${left.toFixed(0)} s left`,
      );
    },
    onEpoch({ epoch, loss, validation }, phase) {
      if (Date.now() - printedAt < millisecondsBetweenLines) return;
      printedAt = Date.now();
      const judged = validation && { "validation loss": validation.loss, ...validation.metrics };
      const notes = Object.entries(judged ?? {}).map(
        ([name, value]) => `, ${titleOfMetric(name, classes)} ${formatMeasured(value)}`,
      );
      const of = phase === "training" ? "" : " with rounding";
      bar?.print(`${which}epoch ${epoch}${of}: loss ${loss.toPrecision(4)}${notes.join("")}`);
    },
    stop: () => bar?.stop(),
  };
}
