import { sampleCount } from "../train/data/dataset.js";
import { forwardSamples } from "../train/fitting/forwardSamples.js";
import { thresholdOf } from "../train/fitting/outputThreshold.js";
import { type Confusion, countConfusion } from "./confusion.js";
import { formatCount, formatPercent } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import { renderFigure, type Section } from "./renderPage.js";
import { judgingData, nameOf, type ReportInput } from "./reportInput.js";
import { renderPredictions } from "./scatter.js";

/** A table of more columns is no picture any more. */
const maxMatrix = 32;
const maxMixUps = 20;
const fewSamples = 10;

/** What samples of each class were taken for; for real-valued targets, outputs against targets. */
export function judgedSection(input: ReportInput): Section {
  const { experiment, network } = input;
  const { what, dataset, why } = judgingData(input);
  const outputs = forwardSamples(network, dataset.inputs);
  const confusion = countConfusion(
    outputs,
    dataset.targets,
    thresholdOf(network, experiment.loss, dataset.targets),
  );
  const count = sampleCount(dataset);
  const samples = `${formatCount(count)} ${count === 1 ? "sample" : "samples"}`;
  const remarks = `${why === undefined ? "" : ` ${why}`}${count < fewSamples ? " So few tell little." : ""}`;
  if (confusion === undefined) {
    return {
      title: "Outputs against targets",
      note: `The float network on the ${what}, ${samples}.${remarks} On the line, output and target are equal.`,
      body: renderPredictions(dataset, outputs),
    };
  }
  const nameClass = (index: number) =>
    nameOf(dataset.classNames ?? input.data.train.classNames, index, String);
  const right = confusion.counts.reduce((sum, row, index) => sum + row[index], 0);
  return {
    title: "Confusion matrix",
    note: `The float network on the ${what}: ${formatCount(right)} of ${samples} right (${formatPercent(right / confusion.samples, 2)}).${remarks} A row is a class, a column what its samples were taken for.`,
    body:
      confusion.counts.length <= maxMatrix
        ? renderMatrix(confusion, nameClass)
        : renderMixUps(confusion, nameClass),
  };
}

function renderMatrix({ counts }: Confusion, nameClass: (index: number) => string): Html {
  const taken = counts.map((_, column) => counts.reduce((sum, row) => sum + row[column], 0));
  const worst = Math.max(...counts.flatMap((row, index) => row.filter((_, column) => column !== index)));
  const rows = counts.map((row, index) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, column) => {
      if (count === 0) return html`<td class="cell zero">0</td>`;
      const isHit = column === index;
      const share = isHit ? count / total : count / worst;
      const title = `${formatCount(count)} of ${formatCount(total)} of class ${nameClass(index)} taken for ${nameClass(column)}`;
      return html`<td class="cell ${isHit ? "hit" : "miss"}" style="--share:${share.toFixed(3)}" title="${title}">${formatCount(count)}</td>`;
    });
    const recall = total === 0 ? "" : formatPercent(row[index] / total);
    return html`<tr><th scope="row">${nameClass(index)}</th>${cells}<td class="quiet">${recall}</td></tr>`;
  });
  const precision = taken.map(
    (total, column) =>
      html`<td class="quiet">${total === 0 ? "" : formatPercent(counts[column][column] / total)}</td>`,
  );
  return html`<div class="scroll"><table class="matrix">
<thead><tr><th>class</th>${counts.map((_, column) => html`<th scope="col">${nameClass(column)}</th>`)}<th class="quiet">recall</th></tr></thead>
<tbody>${rows}<tr><th class="quiet" scope="row">precision</th>${precision}<td></td></tr></tbody>
</table></div>`;
}

/** The pairs that are mixed up most often, where there are too many classes for a matrix. */
function renderMixUps({ counts }: Confusion, nameClass: (index: number) => string): Html {
  const pairs = counts
    .flatMap((row, index) => row.map((count, column) => ({ index, column, count })))
    .filter(({ index, column, count }) => index !== column && count > 0)
    .sort((a, b) => b.count - a.count || a.index - b.index || a.column - b.column)
    .slice(0, maxMixUps);
  const rows = pairs.map(
    ({ index, column, count }) =>
      html`<tr><td class="left">${nameClass(index)}</td><td class="left">${nameClass(column)}</td><td>${formatCount(count)}</td></tr>`,
  );
  return renderFigure(
    `The ${pairs.length} commonest mix-ups of ${counts.length} classes`,
    html`<div class="scroll"><table class="rows">
<thead><tr><th>class</th><th class="left">taken for</th><th>samples</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`,
  );
}
