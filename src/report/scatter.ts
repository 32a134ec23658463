import * as Plot from "@observablehq/plot";
import { Tensor } from "../tensor.js";
import { type Targets, targetCount } from "../train/dataset.js";
import { renderChart } from "./chart.js";
import { formatNumber } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import { palette } from "./palette.js";
import { renderFigure } from "./renderPage.js";

const maxPoints = 1500;
const maxOutputs = 12;

/** Outputs over targets, one picture for each output; evenly chosen samples where there are many. */
export function renderPredictions(outputs: Tensor, targets: Targets): Html {
  if (!(targets instanceof Tensor)) throw new Error("class numbers are drawn as a confusion matrix");
  const samples = targetCount(targets);
  const width = outputs.data.length / samples;
  const stride = Math.ceil(samples / maxPoints);
  const figures = Array.from({ length: Math.min(width, maxOutputs) }, (_, output) => {
    const points: [number, number][] = [];
    for (let sample = 0; sample < samples; sample += stride) {
      points.push([targets.data[sample * width + output], outputs.data[sample * width + output]]);
    }
    return renderFigure(width === 1 ? "Output" : `Output ${output}`, renderScatter(points));
  });
  return html`<div class="figures">${figures}</div>`;
}

function renderScatter(points: readonly (readonly [number, number])[]): Html {
  const values = points.flat();
  const ends = [Math.min(...values), Math.max(...values)];
  const tickFormat = (value: number) => formatNumber(value, 3);
  return renderChart(`${points.length} outputs over their targets`, {
    x: { label: "target", labelArrow: "none", labelAnchor: "center", tickFormat, ticks: 6 },
    y: { label: "output", labelArrow: "none", grid: true, tickFormat, ticks: 5 },
    marks: [
      Plot.line(
        ends.map((end) => [end, end]),
        { x: "0", y: "1", stroke: "#57606a", strokeDasharray: "2,3" },
      ),
      Plot.dot(points, { x: "0", y: "1", fill: palette.blue, r: 2, fillOpacity: 0.6 }),
    ],
  });
}
