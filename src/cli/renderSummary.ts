import type { ArenaSlot } from "../program.js";
import type { NetworkSummary } from "../summarize.js";
import { type Column, formatCount, renderTable } from "../table.js";
import { formatShape } from "../tensor.js";

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
    ...[layer.parameters, layer.macs, layer.tableBytes, layer.activationBytes].map(formatCount),
    layer.kernel,
  ]);
  const totals = [summary.parameters, summary.macs, summary.tableBytes, summary.arenaBytes].map(formatCount);
  return [
    `"${summary.name}" (${summary.hash.slice(0, 8)})`,
    `input   ${describe(summary.input)}\noutput  ${describe(summary.output)}`,
    renderTable(columns, [...rows, ["total", "", "", ...totals, ""]]),
    [
      `flash: ${formatCount(summary.tableBytes)} B of tables, and the code`,
      `RAM: ${formatCount(summary.arenaBytes)} B of arena; no plan takes less than ${formatCount(summary.arenaLowerBoundBytes)} B`,
    ].join("\n"),
  ].join("\n\n");
}

/** "int8 [49, 10, 1], real = 0.5847 · (q − 83)" */
export function describe({
  shape,
  scale,
  zeroPoint,
}: Pick<ArenaSlot, "shape" | "scale" | "zeroPoint">): string {
  const shifted = zeroPoint === 0 ? "q" : `(q ${zeroPoint < 0 ? "+" : "−"} ${Math.abs(zeroPoint)})`;
  return `int8 ${formatShape(shape)}, real = ${Number(scale.toPrecision(6))} · ${shifted}`;
}
