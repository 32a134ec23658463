import * as Plot from "@observablehq/plot";
import { renderChart } from "../report/chart.js";
import { formatCount, formatNumber } from "../report/formatNumber.js";
import { type Html, html } from "../report/html.js";
import { palette } from "../report/palette.js";
import { renderFigure, renderPage } from "../report/renderPage.js";
import { type Costs, isTrained, paretoLine, type Trained } from "./outcome.js";
import { showValue, tableOf } from "./renderSearch.js";
import type { SearchResult } from "./runSearch.js";

const figures: readonly (readonly [cost: keyof Costs, title: string, unit: string])[] = [
  ["macs", "Multiply-accumulates", "MACs a sample"],
  ["flashBytes", "Flash", "B of tables"],
  ["ramBytes", "RAM", "B of arena"],
];

/** One HTML file: the metric over each cost with the Pareto line, and the table. The same result gives the same bytes. */
export function renderSearchPage(result: SearchResult): string {
  const { goal, metricTitle, outcomes, candidates, best, search, name } = result;
  const trained = outcomes.filter(isTrained);
  const failed = outcomes.length - trained.length;
  const pictures = figures.map(([cost, title, unit]) =>
    renderFigure(title, renderCosts(result, trained, cost, unit)),
  );
  const order = goal.isMaximized ? "more" : "less";
  const values = Object.keys(search.vary).map(
    (varied) => `${varied} ${showValue(best?.values[varied] ?? "")}`,
  );
  return renderPage(
    name,
    [
      {
        title: `What ${metricTitle} costs`,
        note: html`${capitalised(metricTitle)} of the int8 network, ${order} is better. On the line nothing is better for less; the numbers are the candidates'; pointing at a dot tells its values. The best has a ring.`,
        body:
          trained.length === 0
            ? html`<p>No candidate could be trained.</p>`
            : html`<div class="figures">${pictures}</div>`,
      },
      {
        title: "Candidates",
        note: best && html`Best: number ${best.number}, ${values.join(", ")}.`,
        body: renderRows(result),
      },
    ],
    {
      kind: "search",
      subtitle: `${outcomes.length} of ${candidates.length} candidates${failed === 0 ? "" : `, ${failed} failed`}`,
    },
  );
}

/** A range of this ratio is drawn on a logarithmic axis. */
const logarithmicFrom = 10;

function renderCosts(
  { goal, metricTitle, best }: SearchResult,
  trained: readonly Trained[],
  cost: keyof Costs,
  unit: string,
): Html {
  const line = paretoLine(goal, trained, [cost]).sort((a, b) => a[cost] - b[cost]);
  const others = trained.filter((outcome) => !line.includes(outcome));
  const values = trained.map((outcome) => outcome[cost]);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isLogarithmic = least > 0 && most / least >= logarithmicFrom;
  const at = { x: cost, y: "int8" } as const;
  const title = ({ number, values: of }: Trained) =>
    [number, ...Object.entries(of).map(([name, value]) => `${name} ${showValue(value)}`)].join(", ");
  const labels = { ...at, text: (outcome: Trained) => String(outcome.number), dy: -11, fontSize: 11 };
  return renderChart(`${metricTitle} over ${unit} of ${trained.length} candidates`, {
    marginTop: 28,
    marginRight: 28,
    insetLeft: 10,
    insetRight: 10,
    x: {
      label: unit,
      labelArrow: "none",
      labelAnchor: "center",
      type: isLogarithmic ? "log" : "linear",
      ticks: isLogarithmic ? logarithmicTicks(least, most) : 5,
      tickFormat: (value: number) => formatCount(value),
      ...(least === most && { domain: [least * 0.9, most * 1.1 + 1] }),
    },
    y: {
      label: metricTitle,
      labelArrow: "none",
      grid: true,
      ticks: 5,
      tickFormat: (value: number) => formatNumber(value, 3),
      inset: 8,
    },
    marks: [
      Plot.line(line, { ...at, stroke: palette.blue, strokeWidth: 2, curve: "step-after" }),
      Plot.dot(others, { ...at, title, r: 3.5, stroke: "#57606a", fill: "white" }),
      Plot.dot(line, { ...at, title, r: 4.5, fill: palette.blue }),
      Plot.dot(best === undefined ? [] : [best], { ...at, r: 8, stroke: palette.vermilion, strokeWidth: 2 }),
      Plot.text(line, { ...labels, fill: palette.blue, fontWeight: 600 }),
    ],
  });
}

/** 1, 2 and 5 of each power of ten between the two. */
function logarithmicTicks(least: number, most: number): number[] {
  const exponents = Array.from({ length: 13 }, (_, exponent) => exponent);
  return exponents
    .flatMap((exponent) => [1, 2, 5].map((leading) => leading * 10 ** exponent))
    .filter((tick) => tick >= least && tick <= most);
}

function renderRows(result: SearchResult): Html {
  const { columns, rows } = tableOf(result);
  const left = (index: number) => columns[index].align === "left" && html` style="text-align: left"`;
  return html`<div class="scroll"><table>
<thead><tr>${columns.map(({ title }, index) => html`<th${left(index)}>${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((cell, index) => html`<td${left(index)}>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
