import * as Plot from "@observablehq/plot";
import { renderChart } from "./chart.js";
import { formatCount } from "./formatNumber.js";
import type { Html } from "./html.js";
import { palette } from "./palette.js";

export interface LayerBars {
  /** "MACs" */
  readonly what: string;
  /** One for each layer. */
  readonly names: readonly string[];
  readonly values: readonly number[];
}

const rowHeight = 19;
const mostLetters = 22;

/** A bar for each layer, from the first at the top to the last. */
export function renderLayerBars({ what, names, values }: LayerBars): Html {
  const rows = values.map((value, index) => ({ index, value }));
  const shown = (index: number): string => shorten(names[index] ?? "");
  const total = values.reduce((sum, value) => sum + value, 0);
  const share = (value: number): string =>
    total === 0 ? "" : `, ${((100 * value) / total).toFixed(1)}\u202f%`;
  return renderChart(`${what} of ${values.length} layers, ${formatCount(total)} in all`, {
    height: values.length * rowHeight + 34,
    marginLeft: 150,
    marginRight: 64,
    marginTop: 6,
    marginBottom: 28,
    x: { label: null, grid: true, ticks: 4, tickFormat: formatCount, domain: [0, Math.max(1, ...values)] },
    y: { type: "band", domain: rows.map(({ index }) => index), label: null, tickFormat: shown, tickSize: 0 },
    marks: [
      Plot.barX(rows, {
        x: "value",
        y: "index",
        fill: palette.blue,
        insetTop: 2,
        insetBottom: 2,
        title: ({ index, value }: { index: number; value: number }) =>
          `${names[index]}\n${formatCount(value)} ${what}${share(value)}`,
      }),
      Plot.text(rows, {
        x: "value",
        y: "index",
        text: ({ value }: { value: number }) => (value === 0 ? "" : formatCount(value)),
        textAnchor: "start",
        dx: 4,
        fontSize: 11,
        fill: "#57606a",
      }),
    ],
  });
}

function shorten(name: string): string {
  return name.length <= mostLetters ? name : `${name.slice(0, mostLetters - 1)}…`;
}
