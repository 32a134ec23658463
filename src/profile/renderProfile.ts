import { oneLine } from "../base/printable.js";
import { type Column, formatCount, renderTable } from "../base/table.js";
import { formatShape } from "../base/tensor.js";
import { describeMode } from "../program/summarize.js";
import type { ProfileReport } from "./profileDevice.js";

function columns(unit: string): readonly Column[] {
  return [
    { title: "layer", align: "left" },
    { title: "kind", align: "left" },
    { title: "output", align: "left" },
    { title: "MACs", align: "right" },
    { title: unit, align: "right" },
    { title: "share", align: "right" },
    { title: "per MAC", align: "right" },
    { title: "kernel", align: "left" },
  ];
}

function count(value: number): string {
  return formatCount(Math.round(value));
}

function ratio(value: number | null): string {
  return value === null ? "" : value.toFixed(2);
}

/** The profile as text for a terminal, without a line feed at the end. */
export function renderProfile(profile: ProfileReport): string {
  const { model, device, unit, samples, layers, run, layerTicks, macs, coreHz } = profile;
  const rows = layers.map(({ name, kind, outputShape, ticks, share, ticksPerMac, kernel, ...layer }) => [
    ...[name, kind, formatShape(outputShape), formatCount(layer.macs), count(ticks.mean)],
    ...[`${(100 * share).toFixed(1)} %`, ratio(ticksPerMac), kernel],
  ]);
  const perMac = ratio(macs === 0 ? null : layerTicks / macs);
  const spread = run.min === run.max ? "" : `, from ${formatCount(run.min)} to ${formatCount(run.max)}`;
  const seconds =
    coreHz === null ? "" : `: ${((1000 * run.mean) / coreHz).toFixed(3)} ms at ${coreHz / 1e6} MHz`;
  return [
    oneLine`"${model.name}" (${model.hash.slice(0, 8)}) for ${describeMode(profile)}: ${device.board}, ${device.description}`,
    renderTable(columns(unit), [
      ...rows,
      ["total", "", "", formatCount(macs), count(layerTicks), "100.0 %", perMac, ""],
    ]),
    `${unit} of a whole run: ${count(run.mean)}${spread}${seconds}; ` +
      `${samples === 1 ? "one sample" : `mean of ${samples} samples`}`,
  ].join("\n\n");
}
