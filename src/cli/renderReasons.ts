import { printable } from "../base/printable.js";
import { type Column, formatCount, renderTable } from "../base/table.js";
import type { LayerReasons, PlanReasons, Reason } from "../plan/explainPlan.js";

/** More candidates of a layer are counted instead of listed. */
const mostListed = 4;

/** What could run each layer, best first, a * before what does. */
export function renderReasons({ core, unit, layers }: PlanReasons): string {
  const columns: readonly Column[] = [
    { title: "layer", align: "left" },
    { title: "kernel", align: "left" },
    { title: unit, align: "right" },
    { title: "tables B", align: "right" },
    { title: "code B", align: "right" },
    { title: "scratch B", align: "right" },
  ];
  return [
    `what could run each layer, * what does; by a model fitted to measurement on a ${core === "cortex-m4" ? "Cortex-M4" : "Cortex-M3"}:`,
    renderTable(columns, layers.flatMap(rowsOf)),
    ...refusals(layers),
  ].join("\n");
}

function rowsOf({ name, candidates }: LayerReasons): string[][] {
  const taken = candidates.findIndex(({ isTaken }) => isTaken);
  const listed = candidates.filter((_, index) => index < mostListed || index === taken);
  const left = candidates.length - listed.length;
  const number = (value: number | null) => (value === null ? "" : formatCount(value));
  const row = ({ kernel, shape, isTaken, ...costs }: Reason, index: number) => [
    index === 0 ? printable(name) : "",
    `${isTaken ? "*" : " "} ${kernel}${shape === "" ? "" : `, ${shape}`}`,
    ...[costs.time, costs.tableBytes, costs.codeBytes, costs.scratchBytes].map(number),
  ];
  return [...listed.map(row), ...(left > 0 ? [["", `  and ${left} more`, "", "", "", ""]] : [])];
}

function refusals(layers: readonly LayerReasons[]): string[] {
  return layers.flatMap(({ name, refused }) =>
    refused.map(({ kernel, why }) => printable(`${name}: not ${kernel}, for ${why}`)),
  );
}
