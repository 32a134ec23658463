import type { TotalTicks } from "../link/totalTicks.js";
import type { AccuracyComparison } from "./accuracy.js";
import type { LayerComparison } from "./layers.js";
import type { Metrics } from "./metrics.js";
import type { LayerDifference, OutputComparison } from "./outputs.js";

/** One row of ST's table: what was measured against what. */
export interface MetricsRow {
  /** "host int8" */
  readonly predicted: string;
  /** "float network" */
  readonly reference: string;
  readonly metrics: Metrics;
}

/** Instructions (emulator) or cycles (hardware) of one inference. */
export interface Ticks {
  readonly unit: string;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

export interface LinkUse {
  /** Bytes of tensors, both ways. */
  readonly payloadBytes: number;
  /** All bytes of the samples' requests and answers, both ways, each once: payload, message fields, frames. */
  readonly totalBytes: number;
  /** Frames that were sent again. */
  readonly retries: number;
}

/**
 * What `compare` found: plain data. Two runs on the same device give the same report but for `time`, so nothing here
 * names a port or a date.
 */
export interface ComparisonReport {
  readonly model: { readonly name: string; readonly hash: string };
  /** "olimex-stm32-h405", and how it was reached: "QEMU netduinoplus2", "serial port", "compiled for this computer". */
  readonly device: { readonly board: string; readonly description: string };
  readonly outputs: OutputComparison;
  /** The first layer that differs in the first sample that does; null when none does or it was not asked. */
  readonly firstDifferingLayer: LayerDifference | null;
  /** Every layer's outputs for all samples, in the order of running; null when they were not asked for. */
  readonly layers: readonly LayerComparison[] | null;
  /** null without labels. */
  readonly accuracy: AccuracyComparison | null;
  readonly metrics: readonly MetricsRow[];
  /** null when the device does not count. */
  readonly ticks: Ticks | null;
  /** null when no link was used. */
  readonly link: LinkUse | null;
  /** The only part that differs from run to run. */
  readonly time: { readonly seconds: number };
}

/** @returns null when there was no inference */
export function summarizeTicks(unit: string, { count, min, max, sum }: TotalTicks): Ticks | null {
  return count === 0 ? null : { unit, min, mean: sum / count, max };
}

/** Does the comparison hold: is every byte equal, of the outputs and of the layers that were asked for? */
export function allBytesAreEqual({ outputs, layers }: ComparisonReport): boolean {
  return [outputs, ...(layers ?? [])].every(({ bytesDifferent }) => bytesDifferent === 0);
}

export function overheadBytes(link: LinkUse): number {
  return link.totalBytes - link.payloadBytes;
}

/** What the link carried besides tensors, in per cent of all it carried. */
export function overheadPercent(link: LinkUse): number {
  return link.totalBytes === 0 ? 0 : (100 * overheadBytes(link)) / link.totalBytes;
}

/** The report as `--json` prints it: what the text says and nothing else; times only under `time`. */
export function comparisonToJson(report: ComparisonReport): object {
  const { accuracy, link } = report;
  return {
    equal: allBytesAreEqual(report),
    ...report,
    accuracy: accuracy && {
      ...accuracy,
      float: accuracy.floatCorrect === null ? null : accuracy.floatCorrect / accuracy.labels,
      host: accuracy.hostCorrect / accuracy.labels,
      device: accuracy.deviceCorrect / accuracy.labels,
    },
    link: link && { ...link, overheadBytes: overheadBytes(link), overheadPercent: overheadPercent(link) },
  };
}
