import { elementCount, type Tensor } from "../base/tensor.js";
import { type Dataset, sampleCount } from "../train/data/dataset.js";
import type { EpochRecord } from "../train/fitting/history.js";
import type { BoundaryRecording } from "./boundaryRecorder.js";
import { classesOf } from "./confusion.js";
import { metricTitle } from "./curves.js";
import { formatNumber } from "./formatNumber.js";
import { type Html, html, scriptJson } from "./html.js";
import { formatMetric } from "./overview.js";
import { classColours } from "./palette.js";
import type { Section } from "./renderPage.js";
import { nameOf, type ReportInput } from "./reportInput.js";

const maxSamples = 600;

/** How a two-input network divides the plane, as an animation with a slider; undefined for other networks. */
export function boundarySection(input: ReportInput): Section | undefined {
  const { boundary, data } = input;
  if (boundary === undefined) return undefined;
  return {
    title: "Decision boundary",
    note: `What the network takes each point for while it learns: the colour is the likeliest class, paler where it is less sure, the line where two classes are level. The points are training samples.`,
    body: renderBoundary(input, boundary, data.train),
  };
}

function renderBoundary(input: ReportInput, boundary: BoundaryRecording, train: Dataset): Html {
  const { frames, classes } = boundary;
  const facts = frames.map(({ epoch }) => factsOf(epoch, input));
  const content = {
    gridSize: boundary.gridSize,
    classes,
    colours: Array.from({ length: classes }, (_, index) => classColours[index % classColours.length]),
    frames: frames.map(({ epoch, shares }) => ({ epoch, shares: Buffer.from(shares).toString("base64") })),
    facts: facts.map((list) => list.map(({ value }) => value)),
    xTicks: ticksOf(boundary.x),
    yTicks: ticksOf(boundary.y),
    xLabel: nameOf(train.inputNames, 0, (index) => `input ${index}`),
    yLabel: nameOf(train.inputNames, 1, (index) => `input ${index}`),
    samples: placeSamples(boundary, train, input.network.outputShape),
  };
  return html`<div class="boundary">
<canvas role="img" aria-label="Decision boundary over ${content.xLabel} and ${content.yLabel}"></canvas>
<div>
<div class="controls"><button type="button">Play</button><input type="range" min="0" max="${frames.length - 1}" value="${frames.length - 1}" aria-label="Epoch"></div>
<dl>${facts[0].map(({ name }, row) => html`<dt>${name}</dt><dd>${facts.at(-1)?.[row].value}</dd>`)}</dl>
${renderClasses(content.colours, train)}
</div>
<script type="application/json">${scriptJson(content)}</script>
</div>`;
}

interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What is told beside a frame: epoch, loss, metrics. */
function factsOf(epoch: number, { history, trainingMetrics, experiment, data }: ReportInput): Fact[] {
  const record: EpochRecord | undefined = history.epochs[epoch - 1];
  const measured = trainingMetrics.find((row) => row.epoch === epoch)?.metrics;
  return [
    { name: "epoch", value: String(epoch) },
    { name: "training loss", value: record === undefined ? "–" : formatNumber(record.loss, 3) },
    ...(experiment.metrics ?? []).map(({ name }) => ({
      name: metricTitle(name, data.train.classNames),
      value: measured === undefined ? "–" : formatMetric(name, measured[name]),
    })),
  ];
}

/** Class by colour and shape, as the samples are drawn. */
function renderClasses(colours: readonly string[], { classNames }: Dataset): Html {
  const shapes = (colour: string) => [
    html`<circle cx="6" cy="6" r="5" fill="${colour}"/>`,
    html`<rect x="1.5" y="1.5" width="9" height="9" fill="${colour}"/>`,
    html`<path d="M6 0.5L12 10.5H0Z" fill="${colour}"/>`,
  ];
  return html`<ul class="legend">${colours.map(
    (colour, index) =>
      html`<li><svg width="12" height="12" aria-hidden="true">${shapes(colour)[index % 3]}</svg>${nameOf(classNames, index, (number) => `class ${number}`)}</li>`,
  )}</ul>`;
}

/** Round numbers on an axis, with their place along it, 0..1. */
function ticksOf([least, most]: readonly [number, number]): { at: number; text: string }[] {
  const rough = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks: { at: number; text: string }[] = [];
  for (let index = Math.ceil(least / step); index * step <= most; index++) {
    const value = index * step;
    ticks.push({ at: round((value - least) / (most - least)), text: formatNumber(value, 3) });
  }
  return ticks;
}

/** [x, y, class] of evenly chosen samples, places as shares of the axes. */
function placeSamples(
  { x, y }: BoundaryRecording,
  { inputs, targets }: Dataset,
  outputShape: Tensor["shape"],
): number[][] {
  const classes = classesOf(targets, elementCount(outputShape)) ?? new Int32Array(0);
  const samples = sampleCount({ inputs, targets });
  const stride = Math.ceil(samples / maxSamples);
  const place = (value: number, [least, most]: readonly [number, number]) =>
    round((value - least) / (most - least));
  const placed: number[][] = [];
  for (let sample = 0; sample < samples; sample += stride) {
    const [first, second] = [inputs.data[2 * sample], inputs.data[2 * sample + 1]];
    placed.push([place(first, x), place(second, y), classes[sample]]);
  }
  return placed;
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
