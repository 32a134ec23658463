import { formatShape } from "../base/tensor.js";
import { type Dataset, sampleCount } from "../train/data/dataset.js";
import type { Evaluation } from "../train/fitting/evaluate.js";
import { lossName, metricTitle } from "./curves.js";
import { formatCount, formatNumber, formatPercent } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import type { Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";

/** The training in a few numbers. */
export function overviewSection(input: ReportInput): Section {
  const { experiment, network, data, split, history, test, testInt8 } = input;
  const kept = history.epochs[history.keptEpoch - 1];
  const tiles = [
    tile("parameters", formatCount(network.parameterCount), `${formatCount(network.macs)} MACs`),
    tile(
      "samples",
      formatCount(split.training.length),
      [
        split.validation && `${formatCount(split.validation.samples.length)} to validate`,
        data.test && `${formatCount(sampleCount(data.test))} to test`,
      ]
        .filter((note) => note !== undefined)
        .join(", ") || undefined,
    ),
    tile("epochs", String(history.epochs.length), epochNotes(input)),
    tile("training loss", formatNumber(kept.loss, 3)),
    ...evaluationTiles("validation", data.train, kept.validation),
    ...evaluationTiles("test", data.train, test, testInt8),
  ];
  return {
    title: "Overview",
    note: `${network.layers.map(({ name, outputShape }) => `${name} ${formatShape(outputShape)}`).join(" → ")}. ${capitalised(lossName(experiment.loss.kind))}, ${experiment.optimizer.kind}, batches of ${experiment.batchSize}, seed ${experiment.seed}, ${network.dtype}.`,
    body: html`<dl class="tiles">${tiles}</dl>`,
  };
}

/** What there is to say of the epochs beside their number. */
function epochNotes({ history, awareHistory }: ReportInput): string | undefined {
  const notes = [
    ...(history.keptEpoch === history.epochs.length ? [] : [`epoch ${history.keptEpoch} kept`]),
    ...(awareHistory === undefined ? [] : [`then ${awareHistory.epochs.length} with rounding`]),
  ];
  return notes.length === 0 ? undefined : notes.join(", ");
}

function evaluationTiles(
  name: string,
  { classNames }: Dataset,
  evaluation: Evaluation | undefined,
  int8?: Evaluation["metrics"],
): Html[] {
  if (evaluation === undefined) return [];
  return [
    tile(`${name} loss`, formatNumber(evaluation.loss, 3)),
    ...Object.entries(evaluation.metrics).map(([metric, value]) =>
      tile(
        `${name} ${metricTitle(metric, classNames)}`,
        formatMetric(metric, value),
        int8?.[metric] === undefined ? undefined : `int8 ${formatMetric(metric, int8[metric])}`,
      ),
    ),
  ];
}

function tile(name: string, value: string, more?: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}${more === undefined ? undefined : html` <small>${more}</small>`}</dd></div>`;
}

/** Shares as per cent, other metrics as they are; a dash for one that could not be computed. */
export function formatMetric(name: string, value: number | null): string {
  if (value === null || Number.isNaN(value)) return "–";
  return name === "accuracy" ? formatPercent(value, 2) : formatNumber(value, 4);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
