import { formatCount, formatNumber, formatPercent } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import type { Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";

/** Columns of a table that is still read. */
const maxColumns = 100;

/** What the integer network loses, layer by layer. */
export function quantizationSection({ quantization }: ReportInput): Section | undefined {
  if (quantization === undefined) return undefined;
  const { data, samples, metric, metricTitle, float, int8, layers, columns } = quantization;
  const format = (value: number) =>
    metric === "accuracy" ? formatPercent(value, 2) : formatNumber(value, 4);
  const compared = Number.isFinite(float)
    ? ` On ${data} (${formatCount(samples)} samples) ${metricTitle} is ${format(float)} float, ${format(int8)} int8.`
    : "";
  return {
    title: "From float to int8",
    note: `How far each layer's integers are from the float network's values, in decibels of signal to noise: 6 more are one bit more.${compared}`,
    body: html`<div class="scroll">${table(
      ["layer", "signal to noise"],
      layers.map(({ name, signalToNoise }) => [
        name,
        signalToNoise === null ? "–" : formatNumber(signalToNoise),
      ]),
    )}${
      columns.length > 0 &&
      table(
        ["input", "steps for a standard deviation"],
        columns
          .slice(0, maxColumns)
          .map(({ name, stepsPerDeviation }) => [name, formatSteps(stepsPerDeviation)]),
      )
    }</div>`,
  };
}

const formatSteps = (steps: number): string =>
  steps < 1000 ? formatNumber(steps) : formatCount(Math.round(steps));

function table([left, right]: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<table class="rows">
<thead><tr><th class="left">${left}</th><th>${right}</th></tr></thead>
<tbody>${rows.map(([name, value]) => html`<tr><td class="left">${name}</td><td>${value}</td></tr>`)}</tbody>
</table>`;
}
