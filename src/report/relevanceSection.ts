import * as Plot from "@observablehq/plot";
import { elementCount } from "../base/tensor.js";
import { renderChart } from "./chart.js";
import { formatCount, formatNumber, formatPercent } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import { palette } from "./palette.js";
import { type InputImage, measureRelevance, type Relevance, type RelevanceRow } from "./relevance.js";
import { renderFigure, type Section } from "./renderPage.js";
import type { ReportInput } from "./reportInput.js";

const maxRows = 16;
/** Under a picture of them all. */
const maxBlocks = 8;

/** Which inputs matter, as table and picture; undefined for a single input. */
export function relevanceSection(input: ReportInput): Section | undefined {
  if (elementCount(input.network.inputShape) === 1) return undefined;
  const relevance = measureRelevance(input);
  const { rows, image, permutation, what } = relevance;
  const sorted = [...rows.keys()].sort((a, b) => rank(rows[b]) - rank(rows[a]) || a - b);
  const shown = sorted.slice(0, image === undefined ? maxRows : maxBlocks).map((index) => rows[index]);
  const shuffled =
    permutation === undefined
      ? "Shuffling says nothing here: too few samples, or too large a network for the time it would take."
      : `Shuffled: how much the loss (${formatNumber(permutation.loss)}) grows when the input’s values are dealt out anew among ${formatCount(permutation.samples)} samples of the ${what}${permutation.repeats === 1 ? "" : `, mean and deviation of ${permutation.repeats} times`}.`;
  const paths =
    rows[0]?.weightPath === undefined
      ? "The weight path is told for chains of dense layers only."
      : "Weight path: the share of the products of absolute weights on all paths from the input to the outputs.";
  return {
    title: "Relevance of inputs",
    note: html`${verdict(relevance)} ${shuffled} ${paths}`,
    body: html`${image === undefined ? undefined : renderMaps(relevance, image)}
${renderTable(shown)}
${sorted.length > shown.length ? html`<p class="note">The ${shown.length} most relevant of ${sorted.length}.</p>` : undefined}`,
  };
}

function rank(row: RelevanceRow): number {
  return row.permutation?.mean ?? row.weightPath ?? 0;
}

/** "Most relevant: …", when there are few enough inputs for a name to say something. */
function verdict({ rows, image }: Relevance): Html | undefined {
  if (image !== undefined) return undefined;
  const byShuffling = most(rows, ({ permutation }) => permutation?.mean);
  const byPath = most(rows, ({ weightPath }) => weightPath);
  if (byShuffling === undefined && byPath === undefined) return undefined;
  if (byShuffling === byPath || byPath === undefined) return html`Most relevant: <b>${byShuffling}</b>.`;
  if (byShuffling === undefined) return html`Most relevant: <b>${byPath}</b>.`;
  return html`Most relevant: <b>${byShuffling}</b> when shuffled, <b>${byPath}</b> by weight path.`;
}

function most(
  rows: readonly RelevanceRow[],
  measure: (row: RelevanceRow) => number | undefined,
): string | undefined {
  let [name, best]: [string | undefined, number] = [undefined, 0];
  for (const row of rows) {
    const value = measure(row);
    if (value !== undefined && value > best) [name, best] = [row.name, value];
  }
  return name;
}

function renderTable(rows: readonly RelevanceRow[]): Html {
  const hasShuffled = rows.some(({ permutation }) => permutation !== undefined);
  const isRepeated = rows.some(({ permutation }) => permutation !== undefined && permutation.deviation > 0);
  const hasPath = rows.some(({ weightPath }) => weightPath !== undefined);
  const largest = Math.max(...rows.map(({ permutation }) => permutation?.mean ?? 0));
  const largestPath = Math.max(...rows.map(({ weightPath }) => weightPath ?? 0));
  const body = rows.map(({ name, permutation, weightPath }) => {
    const shuffled = permutation && [
      html`<td>${formatNumber(permutation.mean, 3)}</td>`,
      isRepeated && html`<td class="quiet">± ${formatNumber(permutation.deviation, 2)}</td>`,
      renderBar(largest > 0 ? permutation.mean / largest : 0, ""),
    ];
    const path =
      weightPath === undefined
        ? undefined
        : [html`<td>${formatPercent(weightPath)}</td>`, renderBar(weightPath / largestPath, " second")];
    return html`<tr><th scope="row">${name}</th>${shuffled}${path}</tr>`;
  });
  return html`<div class="scroll"><table class="rows">
<thead><tr><th>input</th>${hasShuffled ? html`<th colspan="${isRepeated ? 2 : 1}" scope="col">shuffled: loss grows by</th><th class="track"></th>` : undefined}${
    hasPath ? html`<th scope="col">weight path</th><th class="track"></th>` : undefined
  }</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}

function renderBar(share: number, kind: string): Html {
  const width = (100 * Math.min(1, Math.max(0, share))).toFixed(1);
  if (width === "0.0") return html`<td class="track"></td>`;
  return html`<td class="track"><span class="bar${kind}" style="width:${width}%"></span></td>`;
}

/** The blocks of an image, darker where they matter more. */
function renderMaps({ rows }: Relevance, image: InputImage): Html {
  const maps: Html[] = [];
  if (rows[0].permutation !== undefined) {
    const values = rows.map(({ permutation }) => Math.max(0, permutation?.mean ?? 0));
    maps.push(
      renderFigure(
        "Shuffled: growth of the loss",
        renderMap(values, image, "growth of the loss", (value) => formatNumber(value, 2)),
      ),
    );
  }
  if (rows[0].weightPath !== undefined) {
    const values = rows.map(({ weightPath }) => weightPath ?? 0);
    maps.push(
      renderFigure(
        "Weight path",
        renderMap(values, image, "share of weight paths", (value) => formatPercent(value, 2)),
      ),
    );
  }
  return html`<div class="figures">${maps}</div>`;
}

function renderMap(
  values: readonly number[],
  { rows, columns, block }: InputImage,
  what: string,
  format: (value: number) => string,
): Html {
  const across = Math.ceil(columns / block);
  const cells = values.map((value, index) => {
    const [y, x] = [Math.floor(index / across) * block, (index % across) * block];
    return { x1: x, x2: Math.min(columns, x + block), y1: y, y2: Math.min(rows, y + block), value };
  });
  const most = Math.max(...values, Number.MIN_VALUE);
  const width = 360;
  return renderChart(`${what}, as a picture of ${rows} × ${columns} inputs; at most ${format(most)}`, {
    width,
    height: Math.round((width - 60) * Math.min(2, rows / columns)) + 60,
    marginRight: 10,
    x: { label: "column", domain: [0, columns], labelArrow: "none", labelAnchor: "center", ticks: 5 },
    y: { label: "row", domain: [rows, 0], labelArrow: "none", ticks: 5 },
    marks: [
      Plot.rect(cells, {
        x1: "x1",
        x2: "x2",
        y1: "y1",
        y2: "y2",
        fill: palette.blue,
        fillOpacity: ({ value }: { value: number }) => value / most,
        title: ({ x1, y1, value }: { x1: number; y1: number; value: number }) =>
          `row ${y1}, column ${x1}: ${format(value)}`,
      }),
      Plot.frame({ stroke: "#d8dee4" }),
    ],
  });
}
