import { oneLine, printable } from "../base/printable.js";
import { type Column, formatCount, renderTable } from "../base/table.js";
import { formatShape } from "../base/tensor.js";
import { quantizationsOf } from "../network/quantization.js";
import type { Port, QuantizedTensor } from "../network/quantizedNetwork.js";
import type { PassReport } from "../passes/networkPass.js";
import { passSavings } from "../passes/passSavings.js";
import type { ArenaUse } from "../program/program.js";
import { describeMode, type NetworkSummary } from "../program/summarize.js";

const columns: readonly Column[] = [
  { title: "layer", align: "left" },
  { title: "kind", align: "left" },
  { title: "output", align: "left" },
  { title: "parameters", align: "right" },
  { title: "MACs", align: "right" },
  { title: "flash B", align: "right" },
  { title: "RAM B", align: "right" },
  { title: "kernel", align: "left" },
];

export function renderSummary(summary: NetworkSummary): string {
  const rows = summary.layers.map((layer) => [
    ...[layer.name, layer.kind, formatShape(layer.outputShape)],
    ...[layer.parameters, layer.macs, layer.tableBytes, layer.aliveBytes].map(formatCount),
    layer.kernel,
  ]);
  const states = summary.arenaUses
    .filter(({ kind }) => kind === "state")
    .reduce((sum, { bytes }) => sum + bytes, 0);
  const totals = [summary.parameters, summary.macs, summary.tableBytes, summary.arenaBytes].map(formatCount);
  return [
    oneLine`"${summary.name}" (${summary.hash.slice(0, 8)}), planned for ${describeMode(summary)}`,
    renderPorts(summary.inputs, summary.outputs).join("\n"),
    renderPasses(summary.passes),
    renderTable(columns, [...rows, ["total", "", "", ...totals, ""]]),
    [
      `flash: ${formatCount(summary.tableBytes)} B of tables, and the code`,
      `RAM: ${formatCount(summary.arenaBytes)} B of arena; no plan takes less than ${formatCount(summary.arenaLowerBoundBytes)} B`,
      ...(states === 0 ? [] : [`  ${formatCount(states)} B of it keep what one run leaves for the next`]),
      oneLine`  most at ${summary.arenaPeak.layer}: ${summary.arenaPeak.uses.map(renderUse).join(", ")}`,
    ].join("\n"),
  ].join("\n\n");
}

type NamedTensor = Pick<QuantizedTensor, "name" | "shape" | "elementType" | "quantization"> &
  Pick<Port, "threshold">;

/** "input   int8 [4], …"; of several each with its name. */
export function renderPorts(inputs: readonly NamedTensor[], outputs: readonly NamedTensor[]): string[] {
  const line = (title: string, ports: readonly NamedTensor[]) =>
    ports.map((port) =>
      ports.length === 1
        ? `${title} ${describe(port)}`
        : `${title} ${oneLine`${port.name}`}: ${describe(port)}`,
    );
  return [...line("input  ", inputs), ...line("output ", outputs)];
}

/** What JSON calls them: one is no list, as it was before there could be more. */
export function portsToJson<T>(inputs: readonly T[], outputs: readonly T[]): object {
  const isOne = inputs.length === 1 && outputs.length === 1;
  return isOne ? { input: inputs[0], output: outputs[0] } : { inputs, outputs };
}

function renderUse({ names, kind, bytes }: ArenaUse): string {
  return `${kind === "scratch" ? "scratch" : names.join(" = ")} ${formatCount(bytes)} B`;
}

/** More changes of a pass are counted instead of listed. */
const mostListed = 3;

function renderPasses(passes: readonly PassReport[]): string {
  const active = passes.filter(({ changes }) => changes.length > 0);
  if (active.length === 0) return "passes: nothing to take out";
  const lines = active.map((report) => {
    const { pass, changes } = report;
    const saved = passSavings(report).map(
      ({ what, before, after }) => `${what} ${formatCount(before)} → ${formatCount(after)}`,
    );
    const listed =
      changes.length > mostListed
        ? [`${changes.length} layers`]
        : changes.map(({ layer, what }) => `${layer}: ${what}`);
    return printable(`  ${pass}: ${[...saved, ...listed].join("; ")}`);
  });
  return ["passes (the same bytes, with less):", ...lines].join("\n");
}

/** "int8 [4], real = 0.5 · (q + 128)"; columns that differ are listed by what reads them, not here. */
export function describe({ shape, elementType, quantization, threshold }: Omit<NamedTensor, "name">): string {
  const scales = quantizationsOf({ quantization });
  if (scales.length > 1)
    return `${elementType} ${formatShape(shape)}, a scale for each of ${scales.length} columns`;
  const [{ scale, zeroPoint }] = scales;
  const shifted = zeroPoint === 0 ? "q" : `(q ${zeroPoint < 0 ? "+" : "−"} ${Math.abs(zeroPoint)})`;
  const anomaly =
    threshold === undefined
      ? ""
      : `, an anomaly above ${threshold}: ${Number(((threshold - zeroPoint) * scale).toPrecision(4))}`;
  return `${elementType} ${formatShape(shape)}, real = ${Number(scale.toPrecision(6))} · ${shifted}${anomaly}`;
}
