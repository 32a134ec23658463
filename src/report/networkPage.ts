import { formatShape } from "../base/tensor.js";
import { passSavings } from "../passes/passSavings.js";
import { describeMode, type LayerSummary, type NetworkSummary } from "../program/summarize.js";
import { formatCount, formatPercent } from "./formatNumber.js";
import { type Html, html } from "./html.js";
import { renderLayerBars } from "./layerBars.js";
import { renderMemoryMap } from "./memoryMap.js";
import { renderFigure, renderPage, type Section } from "./renderPage.js";

/** What a device counted: as `profile` gives it. */
export interface MeasuredTicks {
  /** "instructions" or "cycles" */
  readonly unit: string;
  /** "olimex-stm32-h405, QEMU netduinoplus2" */
  readonly device: string;
  /** Means, one for each layer of the summary. */
  readonly layers: readonly number[];
  /** Mean of a whole run. */
  readonly run: number;
  /** By a model of the core, as the two above. */
  readonly cycles?: { readonly layers: readonly number[]; readonly run: number };
}

/** What a network costs on the device, as one HTML file. The same network gives the same bytes. */
export function renderNetworkPage(summary: NetworkSummary, measured?: MeasuredTicks): string {
  const { name, hash } = summary;
  return renderPage(
    name,
    [
      overview(summary, measured),
      arena(summary),
      bars(summary, measured),
      layerTable(summary, measured),
      passes(summary),
    ],
    { kind: `network, planned for ${describeMode(summary)}`, subtitle: `${hash.slice(0, 8)}` },
  );
}

function tile(name: string, value: string, more?: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}${more && html` <small>${more}</small>`}</dd></div>`;
}

function overview(summary: NetworkSummary, measured?: MeasuredTicks): Section {
  const { macs, parameters, tableBytes, arenaBytes, arenaLowerBoundBytes, inputs, outputs, layers } = summary;
  const shapes = (slots: NetworkSummary["inputs"]) => slots.map(({ shape }) => formatShape(shape)).join(", ");
  const ofBound =
    arenaBytes === arenaLowerBoundBytes
      ? "no plan takes less"
      : `bound ${formatCount(arenaLowerBoundBytes)} B`;
  return {
    title: "Overview",
    note: `${inputs[0]!.elementType} ${shapes(inputs)} → ${layers.length} layers → ${outputs[0]!.elementType} ${shapes(outputs)}.`,
    body: html`<dl class="tiles">${[
      tile("multiply-accumulates", formatCount(macs)),
      tile("parameters", formatCount(parameters)),
      tile("flash", `${formatCount(tableBytes)} B`, "tables, without code"),
      tile("arena", `${formatCount(arenaBytes)} B`, ofBound),
      measured && tile(measured.unit, formatCount(Math.round(measured.run)), `a run on ${measured.device}`),
      measured?.cycles &&
        tile("modelled cycles", formatCount(Math.round(measured.cycles.run)), "memory without waiting"),
    ]}</dl>`,
  };
}

function arena(summary: NetworkSummary): Section {
  const { layer, uses } = summary.arenaPeak;
  const largest = uses.map(
    ({ names, kind, bytes }) =>
      `${kind === "scratch" ? "scratch" : names.join(" = ")} ${formatCount(bytes)} B`,
  );
  return {
    title: "Memory over time",
    note: html`Pointing at a rectangle tells what it is. Where two overlap, a layer writes into its input's memory. The size is set at <b>${layer}</b>: ${largest.join(", ")}.`,
    body: html`<figure>${renderMemoryMap(summary)}</figure>`,
  };
}

function bars({ layers }: NetworkSummary, measured?: MeasuredTicks): Section {
  const names = layers.map(({ name }) => name);
  const figure = (title: string, what: string, values: readonly number[]): Html =>
    renderFigure(title, renderLayerBars({ what, names, values }));
  return {
    title: "Layer by layer",
    body: html`<div class="figures">${[
      measured && figure(capitalised(measured.unit), measured.unit, measured.layers.map(Math.round)),
      measured?.cycles && figure("Modelled cycles", "cycles", measured.cycles.layers.map(Math.round)),
      figure(
        "Multiply-accumulates",
        "MACs",
        layers.map(({ macs }) => macs),
      ),
      figure(
        "Flash",
        "B of tables",
        layers.map(({ tableBytes }) => tableBytes),
      ),
      figure(
        "RAM in use while it runs",
        "B of arena",
        layers.map(({ aliveBytes }) => aliveBytes),
      ),
    ]}</div>`,
  };
}

function layerTable({ layers }: NetworkSummary, measured?: MeasuredTicks): Section {
  const total = measured?.layers.reduce((sum, ticks) => sum + ticks, 0) ?? 0;
  const perMac = (count: number, { macs }: LayerSummary) => (macs === 0 ? "" : (count / macs).toFixed(2));
  const counted = (index: number, layer: LayerSummary): Html | undefined => {
    const ticks = measured?.layers[index];
    if (ticks === undefined) return undefined;
    const share = total === 0 ? "" : formatPercent(ticks / total);
    const cycles = measured?.cycles?.layers[index];
    const modelled =
      cycles === undefined
        ? ""
        : html`<td>${formatCount(Math.round(cycles))}</td><td>${perMac(cycles, layer)}</td>`;
    return html`<td>${formatCount(Math.round(ticks))}</td><td>${share}</td><td>${perMac(ticks, layer)}</td>${modelled}`;
  };
  const kind = measured ? undefined : html`<th class="left">kind</th>`; // the kernel tells it where room is scarce
  const head =
    measured &&
    html`<th>${measured.unit}</th><th>share</th><th>per MAC</th>${measured.cycles && html`<th>modelled cycles</th><th>per MAC</th>`}`;
  return {
    title: "Layers",
    body: html`<div class="scroll"><table class="rows layers"><thead><tr><th></th><th class="left">layer</th>${kind}<th class="left">output</th><th>parameters</th><th>MACs</th>${head}<th>flash B</th><th>RAM B</th><th class="left">kernel</th></tr></thead><tbody>${layers.map(
      (layer, index) =>
        html`<tr><td class="quiet">${index + 1}</td><th class="left">${layer.name}</th>${kind && html`<td class="left">${layer.kind}</td>`}<td class="left">${formatShape(layer.outputShape)}</td><td>${formatCount(layer.parameters)}</td><td>${formatCount(layer.macs)}</td>${counted(index, layer)}<td>${formatCount(layer.tableBytes)}</td><td>${formatCount(layer.aliveBytes)}</td><td class="left">${layer.kernel}</td></tr>`,
    )}</tbody></table></div>`,
  };
}

function passes(summary: NetworkSummary): Section {
  const active = summary.passes.filter(({ changes }) => changes.length > 0);
  const rows = active.flatMap((report) => {
    const savings = passSavings(report).map(
      ({ what, before, after }) => html`<li>${formatCount(before)} → ${formatCount(after)} ${what}</li>`,
    );
    return html`<tr><th class="left">${report.pass}</th><td class="left">${savings.length > 0 && html`<ul class="plain">${savings}</ul>`}</td><td class="left"><ul class="plain">${report.changes.map(({ layer, what }) => html`<li><b>${layer}</b>: ${what}</li>`)}</ul></td></tr>`;
  });
  return {
    title: "Passes",
    note: "What was done to the network before it was planned. Its outputs have the same bytes.",
    body:
      active.length === 0
        ? html`<p>There was nothing to take out.</p>`
        : html`<div class="scroll"><table class="rows top"><thead><tr><th class="left">pass</th><th class="left">saved</th><th class="left">layers</th></tr></thead><tbody>${rows}</tbody></table></div>`,
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
