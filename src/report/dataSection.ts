import { formatShape } from "../base/tensor.js";
import { type PartSummary, summarizeData } from "../experiment/dataSummary.js";
import { formatCount, formatNumber } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import type { Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";

/** Rows of a table that is still read. */
const maxClasses = 100;

/** What was trained, validated and tested on: samples of each part, and of each class. */
export function dataSection({ data, split }: ReportInput): Section {
  const { inputShape, classes, parts, skipped } = summarizeData(data, split);
  const leftOut =
    skipped === undefined
      ? ""
      : ` ${formatCount(skipped.count)} left out that cannot be read, the first: ${skipped.first[0]}.`;
  const more =
    classes !== undefined && classes.length > maxClasses
      ? ` The first ${maxClasses} of ${formatCount(classes.length)} classes.`
      : "";
  return {
    title: "Data",
    note: `Each sample is ${formatShape(inputShape)}.${leftOut}${more}`,
    body: html`<div class="scroll"><table class="rows">
<thead><tr><th></th>${parts.map(({ part }) => html`<th>${part}</th>`)}</tr></thead>
<tbody><tr><th class="left" scope="row">samples</th>${parts.map(({ samples }) => html`<td>${formatCount(samples)}</td>`)}</tr>${
      classes === undefined
        ? targetRows(parts)
        : classes.slice(0, maxClasses).map((name, label) => classRow(name, label, parts))
    }</tbody>
</table></div>`,
  };
}

function classRow(name: string, label: number, parts: readonly PartSummary[]): Html {
  const counts = parts.map(({ ofClasses }) => html`<td>${formatCount(ofClasses?.[label] ?? 0)}</td>`);
  return html`<tr><td class="left">${name}</td>${counts}</tr>`;
}

function targetRows(parts: readonly PartSummary[]): Html {
  const ranges = parts.map(
    ({ targets }) =>
      html`<td>${targets && `${formatNumber(targets.least)} … ${formatNumber(targets.largest)}`}</td>`,
  );
  return html`<tr><td class="left">targets</td>${ranges}</tr>`;
}
