import * as Plot from "@observablehq/plot";
import { type FloatArray, formatShape } from "../base/tensor.js";
import { renderChart } from "./chart.js";
import { formatCount, formatNumber, formatPercent } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import { palette } from "./palette.js";
import { renderFigure, type Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";

const maxBins = 40;
const valuesPerBin = 4;
/** So few values are drawn one by one. */
const maxSingle = 40;

/** How the trained values of each parameter are spread. */
export function weightsSection({ network }: ReportInput): Section {
  const figures = network.layers.flatMap((layer) =>
    layer.parameters.map(({ name, value }) =>
      renderFigure(
        `${layer.name} ${name} ${formatShape(value.shape)}`,
        value.data.length <= maxSingle
          ? renderValues(`${layer.name} ${name}`, value.data)
          : renderHistogram(`${layer.name} ${name}`, value.data),
        describeValues(value.data),
      ),
    ),
  );
  return {
    title: "Weights",
    note: "How many of a parameter’s trained values lie where; of small parameters each value. Each picture has axes of its own.",
    body: html`<div class="figures small">${figures}</div>`,
  };
}

const tickFormat = (value: number) => formatNumber(value, 3);

function renderValues(what: string, values: FloatArray): Html {
  const single = Array.from(values, (value, index) => ({ value, from: index - 0.5, to: index + 0.5 }));
  return renderChart(`Values of ${what}: ${describeValues(values)}`, {
    ...size,
    x: {
      label: "index",
      labelArrow: "none",
      labelAnchor: "center",
      ticks: Math.min(8, values.length),
      tickFormat: formatTicks,
    },
    y: { label: "value", labelArrow: "none", grid: true, ticks: 4, tickFormat, nice: true },
    marks: [
      Plot.rectY(single, {
        x1: "from",
        x2: "to",
        y: "value",
        fill: palette.blue,
        inset: 1,
        title: ({ value, to }: { value: number; to: number }) => `index ${to - 0.5}: ${formatNumber(value)}`,
      }),
      Plot.ruleY([0]),
    ],
  });
}

const size = { width: 340, height: 180, marginTop: 30 };

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

function renderHistogram(what: string, values: FloatArray): Html {
  const counted = countBins(values);
  return renderChart(`Histogram of ${what}: ${describeValues(values)}`, {
    ...size,
    x: {
      label: "value",
      labelArrow: "none",
      labelAnchor: "center",
      ticks: 5,
      tickFormat,
    },
    y: {
      label: "count",
      labelArrow: "none",
      grid: true,
      ticks: 4,
      tickFormat: formatTicks,
      domain: [0, Math.max(...counted.map(({ count }) => count))],
    },
    marks: [
      Plot.rectY(counted, {
        x1: "from",
        x2: "to",
        y: "count",
        fill: palette.blue,
        inset: 0.5,
        title: ({ from, to, count }: Bin) =>
          `${formatNumber(from, 3)} to ${formatNumber(to, 3)}: ${formatCount(count)}`,
      }),
      Plot.ruleY([0]),
    ],
  });
}

function formatTicks(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : "";
}

function countBins(values: FloatArray): Bin[] {
  const [least, most] = extent(values);
  const count = Math.max(1, Math.min(maxBins, Math.ceil(values.length / valuesPerBin)));
  const [start, width] = most > least ? [least, (most - least) / count] : [least - 0.5, 1 / count];
  const counts = new Array<number>(count).fill(0);
  for (const value of values) counts[Math.min(count - 1, Math.floor((value - start) / width))]++;
  return counts.map((found, index) => ({
    from: start + index * width,
    to: start + (index + 1) * width,
    count: found,
  }));
}

/** A loop: the values of a large layer are too many to be passed to Math.min as arguments. */
function extent(values: FloatArray): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

function describeValues(values: FloatArray): string {
  let [sum, squares, zeros] = [0, 0, 0];
  for (const value of values) {
    sum += value;
    if (value === 0) zeros++;
  }
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  const [least, most] = extent(values);
  const spread = formatNumber(Math.sqrt(squares / values.length), 3);
  const zeroText = zeros === 0 ? "" : `, ${formatPercent(zeros / values.length)} zero`;
  return `mean ${formatNumber(mean, 3)}, deviation ${spread}, from ${formatNumber(least, 3)} to ${formatNumber(most, 3)}${zeroText}`;
}
