import * as Plot from "@observablehq/plot";
import { Tensor } from "../base/tensor.js";
import { type Dataset, sampleCount } from "../train/data/dataset.js";
import { renderChart } from "./chart.js";
import { formatNumber } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import { palette } from "./palette.js";
import { renderFigure } from "./renderPage.js";
import { nameOf } from "./reportInput.js";

const maxPoints = 1500;
const maxOutputs = 12;

/** What a network of one input makes of it, and what it should: outputs and targets over the input. */
function renderFunction(inputs: Tensor, outputs: Tensor, targets: Tensor, inputName: string): Html {
  const order = Array.from(inputs.data.keys()).sort((a, b) => inputs.data[a] - inputs.data[b]);
  const stride = Math.ceil(order.length / maxPoints);
  const width = outputs.data.length / inputs.data.length;
  const points = order
    .filter((_, index) => index % stride === 0)
    .map((sample) => [inputs.data[sample], outputs.data[sample * width], targets.data[sample * width]]);
  const chart = renderChart(`Output and target over ${inputName}`, {
    ...axes(inputName, "output"),
    marks: [
      Plot.dot(points, { x: "0", y: "2", stroke: palette.vermilion, r: 3, strokeWidth: 1.5 }),
      Plot.line(points, { x: "0", y: "1", stroke: palette.blue, strokeWidth: 2 }),
    ],
  });
  return html`${chart}<ul class="legend">
<li><svg width="28" height="12" aria-hidden="true"><line x1="0" x2="28" y1="6" y2="6" stroke="${palette.blue}" stroke-width="2"/></svg>output</li>
<li><svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="4" fill="none" stroke="${palette.vermilion}" stroke-width="1.5"/></svg>target</li>
</ul>`;
}

const tickFormat = (value: number) => formatNumber(value, 3);

function axes(x: string, y: string): Plot.PlotOptions {
  return {
    marginTop: 30,
    x: { label: x, labelArrow: "none", labelAnchor: "center", tickFormat, ticks: 6, nice: true },
    y: { label: y, labelArrow: "none", grid: true, tickFormat, ticks: 5, nice: true },
  };
}

/** Outputs over targets, one picture for each output; evenly chosen samples where there are many. */
export function renderPredictions({ inputs, targets, inputNames }: Dataset, outputs: Tensor): Html {
  if (!(targets instanceof Tensor)) throw new Error("class numbers are drawn as a confusion matrix");
  const samples = sampleCount({ inputs, targets });
  const width = outputs.data.length / samples;
  const stride = Math.ceil(samples / maxPoints);
  const figures = Array.from({ length: Math.min(width, maxOutputs) }, (_, output) => {
    const points: [number, number][] = [];
    for (let sample = 0; sample < samples; sample += stride) {
      points.push([targets.data[sample * width + output], outputs.data[sample * width + output]]);
    }
    return renderFigure(
      width === 1 ? "Output against target" : `Output ${output} against target`,
      renderScatter(points),
    );
  });
  const name = nameOf(inputNames, 0, () => "input");
  const curve =
    inputs.data.length === samples &&
    renderFigure(`Output over ${name}`, renderFunction(inputs, outputs, targets, name));
  return html`<div class="figures">${curve}${figures}</div>`;
}

function renderScatter(points: readonly (readonly [number, number])[]): Html {
  const values = points.flat();
  const ends = [Math.min(...values), Math.max(...values)];
  return renderChart(`${points.length} outputs over their targets`, {
    ...axes("target", "output"),
    marks: [
      Plot.line(
        ends.map((end) => [end, end]),
        { x: "0", y: "1", stroke: "#57606a", strokeDasharray: "2,3" },
      ),
      Plot.dot(points, { x: "0", y: "1", fill: palette.blue, r: 2, fillOpacity: 0.6 }),
    ],
  });
}
