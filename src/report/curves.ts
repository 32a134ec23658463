import type { EpochRecord } from "../train/fit.js";
import { formatNumber } from "./formatNumber.js";
import { html } from "./html.js";
import { type Line, renderLineChart } from "./lineChart.js";
import { palette } from "./palette.js";
import { renderFigure, type Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";

/** Loss and metrics over the epochs; the learning rate when it changes. */
export function curvesSection({ experiment, history, trainingMetrics }: ReportInput): Section {
  const { epochs, keptEpoch } = history;
  const isLast = keptEpoch === epochs.at(-1)?.epoch;
  const mark = isLast ? undefined : { x: keptEpoch, text: `kept: epoch ${keptEpoch}` };
  const figures = [
    renderFigure(
      "Loss",
      renderLineChart({
        description: `Loss over ${epochs.length} epochs, at the end ${formatNumber(epochs.at(-1)?.loss ?? 0)}`,
        x: "epoch",
        y: lossName(experiment.loss.kind),
        mark,
        lines: linesOf(
          epochs.map(({ epoch, loss }) => [epoch, loss]),
          validationPoints(epochs, ({ loss }) => loss),
        ),
      }),
    ),
  ];
  for (const { name } of experiment.metrics ?? []) {
    const training = trainingMetrics.map(({ epoch, metrics }) => [epoch, metrics[name]] as const);
    const lines = linesOf(
      training,
      validationPoints(epochs, ({ metrics }) => metrics[name]),
    );
    if (lines.length === 0) continue;
    const description = `${name} over ${epochs.length} epochs`;
    figures.push(
      renderFigure(
        heading(name),
        renderLineChart({ description, x: "epoch", formatValue: formatterOf(name), mark, lines }),
      ),
    );
  }
  const rates = epochs.map(({ epoch, learningRate }) => [epoch, learningRate] as const);
  if (rates.some(([, rate]) => rate !== rates[0][1])) {
    const lines = [{ name: "learning rate", colour: palette.black, points: rates }];
    const description = `Learning rate over ${epochs.length} epochs`;
    figures.push(
      renderFigure("Learning rate", renderLineChart({ description, x: "epoch", isLinear: true, lines })),
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

function linesOf(training: Points, validation: Points): Line[] {
  const lines: Line[] = [
    { name: "training", colour: palette.blue, points: training },
    { name: "validation", colour: palette.vermilion, dashed: true, points: validation },
  ];
  return lines.filter(({ points }) => points.length > 0);
}

function validationPoints(
  epochs: readonly EpochRecord[],
  choose: (validation: NonNullable<EpochRecord["validation"]>) => number,
): Points {
  return epochs.flatMap(({ epoch, validation }) =>
    validation ? [[epoch, choose(validation)] as const] : [],
  );
}

/** "softmaxCrossEntropy" → "softmax cross entropy". */
export function lossName(kind: string): string {
  return kind.replace(
    /([a-z0-9])([A-Z])/g,
    (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
}

function heading(name: string): string {
  const words = lossName(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
