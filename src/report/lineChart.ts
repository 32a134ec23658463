import * as Plot from "@observablehq/plot";
import { renderChart } from "./chart.js";
import { formatNumber } from "./formatNumber.js";
import { Html, html } from "./html.js";

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** A second way to tell lines apart, besides their colour. */
  readonly dashed?: boolean;
  /** [x, y], x ascending. */
  readonly points: readonly (readonly [number, number])[];
}

export interface LineChart {
  readonly description: string;
  readonly x: string;
  /** What the y axis shows; absent where the figure's heading says it. */
  readonly y?: string | undefined;
  /** Numbers on the y axis; default plain. */
  readonly formatValue?: ((value: number) => string) | undefined;
  /** Never a logarithmic axis. */
  readonly isLinear?: boolean;
  readonly lines: readonly Line[];
  /** A place on the x axis to point at: the epoch that was kept. */
  readonly mark?: { readonly x: number; readonly text: string } | undefined;
}

const maxPoints = 400;
const maxDots = 80;
/** A range of this ratio is drawn on a logarithmic axis. */
const logarithmicFrom = 50;

/** Lines over a common axis with a legend; logarithmic when the values span nearly two powers of ten. */
export function renderLineChart({ description, x, y, formatValue, isLinear, lines, mark }: LineChart): Html {
  const drawn = lines.map((line) => ({ ...line, points: thinOut(line.points) }));
  const values = drawn.flatMap(({ points }) => points.map(([, value]) => value));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isLogarithmic = isLinear !== true && least > 0 && most / least >= logarithmicFrom;
  const marks: Plot.Markish[] = [];
  if (mark !== undefined) {
    marks.push(
      Plot.ruleX([mark.x], { stroke: "#57606a", strokeDasharray: "2,3" }),
      Plot.text([mark.x], {
        x: (place: number) => place,
        text: () => mark.text,
        frameAnchor: "top",
        lineAnchor: "bottom",
        dy: -4,
        fill: "#57606a",
      }),
    );
  }
  for (const { name, colour, dashed, points } of drawn) {
    marks.push(
      Plot.line(points, {
        x: "0",
        y: "1",
        stroke: colour,
        strokeWidth: 2,
        ...(dashed && { strokeDasharray: "6,3" }),
      }),
    );
    if (points.length > maxDots) continue;
    const title = (point: readonly [number, number]) =>
      `${x} ${point[0]}\n${name}: ${(formatValue ?? formatNumber)(point[1])}`;
    marks.push(Plot.dot(points, { x: "0", y: "1", fill: colour, r: points.length > 30 ? 1.5 : 2.5, title }));
  }
  const xs = drawn.flatMap(({ points }) => points.map(([place]) => place));
  const chart = renderChart(description, {
    marginTop: y === undefined ? 24 : 34,
    x: {
      label: x,
      domain: [Math.min(...xs), Math.max(...xs, Math.min(...xs) + 1)],
      ticks: integerTicks(xs),
      tickFormat: formatTick,
      labelArrow: "none",
      labelAnchor: "center",
    },
    y: {
      label: y ?? null,
      labelArrow: "none",
      grid: true,
      tickFormat: formatValue ?? formatTick,
      ticks: isLogarithmic ? powersOfTen(least, most) : 5,
      nice: true,
      ...(isLogarithmic
        ? { type: "log" }
        : least === most && { domain: [Math.min(0, least), most === 0 ? 1 : Math.max(0, most) * 1.1] }),
    },
    marks,
  });
  return html`${chart}${renderLegend(lines)}`;
}

/** Which colour and stroke stands for what; nothing for a single line, which its axis names. */
function renderLegend(lines: readonly Line[]): Html | undefined {
  if (lines.length < 2) return undefined;
  return html`<ul class="legend">${lines.map(
    ({ name, colour, dashed }) =>
      html`<li><svg width="28" height="12" aria-hidden="true"><line x1="0" x2="28" y1="6" y2="6" stroke="${colour}" stroke-width="2"${
        dashed ? new Html(' stroke-dasharray="6,3"') : undefined
      }/></svg>${name}</li>`,
  )}</ul>`;
}

/** Every k-th point, and the last: so few that the eye sees no difference. */
function thinOut<T>(points: readonly T[]): readonly T[] {
  const stride = Math.ceil(points.length / maxPoints);
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}

function integerTicks(xs: readonly number[]): number {
  return Math.min(8, Math.max(1, Math.max(...xs) - Math.min(...xs)));
}

function formatTick(value: number): string {
  return formatNumber(value, 3);
}

const maxPowers = 7;

/** From the power of ten below the least to the one above the most; every second or third where they are many. */
function powersOfTen(least: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const stride = Math.ceil((to - from) / maxPowers);
  return Array.from(
    { length: Math.floor((to - from) / stride) + 1 },
    (_, index) => 10 ** (from + index * stride),
  );
}
