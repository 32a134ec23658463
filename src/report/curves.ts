import type { EpochRecord } from "../train/fitting/history.js";
import { titleOfMetric } from "../train/fitting/metrics.js";
import { formatNumber } from "./formatNumber.js";
import { html } from "./html.js";
import { type Line, renderLineChart } from "./lineChart.js";
import { palette } from "./palette.js";
import { renderFigure, type Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";

/**
 * Loss and metrics over the epochs; the learning rate when it changes. Epochs with the device's rounding are lines of
 * their own behind the others.
 */
export function curvesSection(input: ReportInput): Section {
  const { experiment, history, awareHistory, trainingMetrics, data } = input;
  const { epochs, keptEpoch } = history;
  const rounding = epochsAfter(epochs, awareHistory?.epochs ?? []);
  const isLast = keptEpoch === epochs.at(-1)?.epoch;
  const mark = isLast ? undefined : { x: keptEpoch, text: `kept: epoch ${keptEpoch}` };
  const figures = [
    renderFigure(
      "Loss",
      renderLineChart({
        description: `Loss over ${epochs.length} epochs, at the end ${formatNumber(epochs.at(-1)?.loss ?? 0)}${
          rounding.length > 0 ? `, and over ${rounding.length} with rounding` : ""
        }`,
        x: "epoch",
        y: lossName(experiment.loss.kind),
        mark,
        lines: [epochs, rounding].flatMap((records, index) =>
          linesOf(
            records.map(({ epoch, loss }) => [epoch, loss]),
            validationPoints(records, ({ loss }) => loss),
            phases[index],
          ),
        ),
      }),
    ),
  ];
  for (const { name } of experiment.metrics ?? []) {
    const training = trainingMetrics
      .map(({ epoch, metrics }) => [epoch, metrics[name]] as const)
      .filter(([, value]) => Number.isFinite(value));
    const lines = [epochs, rounding].flatMap((records, index) =>
      linesOf(
        index === 0 ? training : [],
        validationPoints(records, ({ metrics }) => metrics[name]),
        phases[index],
      ),
    );
    if (lines.length === 0) continue;
    const title = metricTitle(name, data.train.classNames);
    const description = `${title} over ${epochs.length} epochs`;
    figures.push(
      renderFigure(
        heading(title),
        renderLineChart({ description, x: "epoch", formatValue: formatterOf(name), mark, lines }),
      ),
    );
  }
  const rates = [...epochs, ...rounding].map(({ learningRate }) => learningRate);
  if (rates.some((rate) => rate !== rates[0])) {
    const lines = [epochs, rounding].map((records, index) => ({
      name: `learning rate${phases[index].suffix}`,
      colour: index === 0 ? palette.black : phases[index].training,
      points: records.map(({ epoch, learningRate }) => [epoch, learningRate] as const),
    }));
    const description = `Learning rate over ${rates.length} epochs`;
    const drawn = lines.filter(({ points }) => points.length > 0);
    figures.push(
      renderFigure(
        "Learning rate",
        renderLineChart({ description, x: "epoch", isLinear: true, lines: drawn }),
      ),
    );
  }
  return {
    title: "Learning curves",
    note: "The training loss of an epoch is measured sample by sample just before each step, everything else at the epoch’s end.",
    body: html`<div class="figures">${figures}</div>`,
  };
}

/** Shares as per cent. */
function formatterOf(metric: string): ((value: number) => string) | undefined {
  return metric === "accuracy" ? (share) => `${formatNumber(100 * share, 4)}\u202f%` : undefined;
}

type Points = Line["points"];

/** How lines of the training are told from those of the training with rounding. */
const phases = [
  { suffix: "", training: palette.blue, validation: palette.vermilion },
  { suffix: " with rounding", training: palette.green, validation: palette.purple },
] as const;

function linesOf(training: Points, validation: Points, phase: (typeof phases)[number]): Line[] {
  const lines: Line[] = [
    { name: `training${phase.suffix}`, colour: phase.training, points: training },
    { name: `validation${phase.suffix}`, colour: phase.validation, dashed: true, points: validation },
  ];
  return lines.filter(({ points }) => points.length > 0);
}

/** Epochs numbered on from the last of others. */
function epochsAfter(before: readonly EpochRecord[], epochs: readonly EpochRecord[]): EpochRecord[] {
  const last = before.at(-1)?.epoch ?? 0;
  return epochs.map((record) => ({ ...record, epoch: last + record.epoch }));
}

function validationPoints(
  epochs: readonly EpochRecord[],
  choose: (validation: NonNullable<EpochRecord["validation"]>) => number,
): Points {
  return epochs.flatMap(({ epoch, validation }) => {
    const value = validation && choose(validation);
    return Number.isFinite(value) ? [[epoch, value!] as const] : [];
  });
}

/** "softmaxCrossEntropy" → "softmax cross entropy". */
export function lossName(kind: string): string {
  return kind.replace(
    /([a-z0-9])([A-Z])/g,
    (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
}

/** "rootMeanSquaredError" → "root mean squared error", "f1 of 0" → "f1 of apple". */
export function metricTitle(name: string, classNames: readonly string[] | undefined): string {
  return titleOfMetric(lossName(name), classNames);
}

function heading(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
