import * as Plot from "@observablehq/plot";
import type { ArenaUse } from "../program/program.js";
import type { NetworkSummary } from "../program/summarize.js";
import { renderChart } from "./chart.js";
import { formatCount } from "./formatNumber.js";
import { Html, html } from "./html.js";
import { palette } from "./palette.js";

const colours = { activation: palette.blue, scratch: palette.orange, state: palette.green } as const;
const [width, height] = [1016, 420];
/** Pixels that the chart's margins leave, and what a letter takes of them. */
const [innerWidth, innerHeight, letterWidth, lineHeight] = [930, 350, 6.2, 13];

/**
 * The arena over time: a rectangle for each activation and each scratch memory, from the call that writes it to the last
 * that reads it. Where two overlap, a layer writes into its input's memory.
 */
export function renderMemoryMap(summary: NetworkSummary): Html {
  const { arenaUses, arenaBytes, arenaPeak, layers } = summary;
  const calls = layers.length;
  const peak = layers.findIndex(({ name }) => name === arenaPeak.layer);
  const uses = [...arenaUses].sort((a, b) => kindOrder(a) - kindOrder(b) || b.bytes - a.bytes);
  const box = {
    x1: ({ firstCall }: ArenaUse) => firstCall + 0.54,
    x2: ({ lastCall }: ArenaUse) => lastCall + 1.46,
    y1: ({ offset }: ArenaUse) => offset,
    y2: ({ offset, bytes }: ArenaUse) => offset + bytes,
  };
  const title = (use: ArenaUse): string =>
    [
      (use.kind === "scratch" ? "scratch of " : use.kind === "state" ? "state " : "") + use.names.join(" = "),
      `${formatCount(use.bytes)} B from byte ${formatCount(use.offset)}`,
      use.firstCall === use.lastCall
        ? `layer ${use.firstCall + 1}`
        : `layers ${use.firstCall + 1} to ${use.lastCall + 1}`,
    ].join("\n");
  const labels = placeLabels(uses, calls, arenaBytes);
  const chart = renderChart(
    `What lies where in ${formatCount(arenaBytes)} bytes of arena during each of ${calls} layers`,
    {
      width,
      height,
      marginLeft: 66,
      marginTop: 28,
      x: {
        domain: [0.5, calls + 0.5],
        label: "layer",
        labelArrow: "none",
        labelAnchor: "center",
        ticks: Array.from({ length: calls }, (_, i) => i + 1).filter(
          (_, i) => i % Math.ceil(calls / 32) === 0,
        ),
        tickFormat: (value: number) => String(value),
      },
      y: {
        domain: [0, Math.max(arenaBytes, 1)],
        label: "bytes",
        labelArrow: "none",
        grid: true,
        ticks: 6,
        tickFormat: formatCount,
      },
      marks: [
        Plot.rect(uses, {
          ...box,
          fill: ({ kind }: ArenaUse) => colours[kind],
          fillOpacity: 0.26,
          stroke: ({ kind }: ArenaUse) => colours[kind],
          strokeWidth: 1,
          title,
        }),
        Plot.rect(peak < 0 ? [] : [peak + 1], {
          x1: (at: number) => at - 0.48,
          x2: (at: number) => at + 0.48,
          y1: 0,
          y2: arenaBytes,
          fill: "none",
          stroke: palette.vermilion,
          strokeWidth: 1.5,
          strokeDasharray: "4,3",
          pointerEvents: "none",
        }),
        Plot.text(labels, {
          x: "x",
          y: "y",
          text: "text",
          fontSize: 11,
          fill: palette.black,
          pointerEvents: "none",
        }),
      ],
    },
  );
  const swatch = (colour: string, attributes: string): Html =>
    html`<svg width="14" height="12" aria-hidden="true"><rect x="0.5" y="0.5" width="13" height="11" stroke="${colour}" ${new Html(attributes)}/></svg>`;
  const kinds = [...new Set(uses.map(({ kind }) => kind))];
  const filled = (colour: string): Html => swatch(colour, `fill="${colour}" fill-opacity="0.26"`);
  return html`${chart}<ul class="legend">${kinds.map((kind) => html`<li>${filled(colours[kind])}${kind}</li>`)}<li>${swatch(palette.vermilion, 'fill="none" stroke-dasharray="4,3"')}the layer that sets the size</li></ul>`;
}

/** Scratch is drawn over activations. */
function kindOrder({ kind }: ArenaUse): number {
  return kind === "activation" ? 0 : 1;
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Names of the activations whose rectangles hold them, the largest first, none over another. */
function placeLabels(uses: readonly ArenaUse[], calls: number, arenaBytes: number): Label[] {
  const [letter, line] = [(letterWidth * calls) / innerWidth, (lineHeight * arenaBytes) / innerHeight];
  const labels: Label[] = [];
  for (const { names, kind, bytes, offset, firstCall, lastCall } of uses) {
    const text = names[0] ?? "";
    const fits = (text.length + 1) * letter < lastCall - firstCall + 0.92 && line < bytes;
    const label = { x: (firstCall + lastCall) / 2 + 1, y: offset + bytes / 2, text };
    const isFree = labels.every(
      ({ x, y, text: other }) =>
        Math.abs(x - label.x) > ((other.length + text.length) / 2 + 1) * letter ||
        Math.abs(y - label.y) > line,
    );
    if (kind === "activation" && fits && isFree) labels.push(label);
  }
  return labels;
}
