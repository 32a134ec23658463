import { oneLine } from "../base/printable.js";
import { type Column, formatCount, renderTable } from "../base/table.js";
import { formatShape } from "../base/tensor.js";
import type { Ticks } from "../compare/report.js";
import { describeMode } from "../program/summarize.js";
import type { ProfileReport } from "./profileDevice.js";

function columns(unit: string, hasCycles: boolean): readonly Column[] {
  return [
    { title: "layer", align: "left" },
    { title: "kind", align: "left" },
    { title: "output", align: "left" },
    { title: "MACs", align: "right" },
    { title: unit, align: "right" },
    { title: "share", align: "right" },
    { title: "per MAC", align: "right" },
    ...(hasCycles
      ? ([
          { title: "modelled cycles", align: "right" },
          { title: "per MAC", align: "right" },
        ] as const)
      : []),
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
  const { model, device, unit, samples, layers, run, layerTicks, macs, coreHz, modelledCycles } = profile;
  const cycles = modelledCycles !== undefined && !("missing" in modelledCycles) ? modelledCycles : undefined;
  const inCycles = (mean: number, ofMacs: number) =>
    cycles === undefined ? [] : [count(mean), ratio(ofMacs === 0 ? null : mean / ofMacs)];
  const rows = layers.map(({ name, kind, outputShape, ticks, share, ticksPerMac, kernel, ...layer }) => [
    ...[name, kind, formatShape(outputShape), formatCount(layer.macs), count(ticks.mean)],
    ...[`${(100 * share).toFixed(1)} %`, ratio(ticksPerMac)],
    ...inCycles(layer.modelledCycles?.mean ?? 0, layer.macs),
    kernel,
  ]);
  const perMac = ratio(macs === 0 ? null : layerTicks / macs);
  const seconds =
    coreHz === null ? "" : `: ${((1000 * run.mean) / coreHz).toFixed(3)} ms at ${coreHz / 1e6} MHz`;
  return [
    oneLine`"${model.name}" (${model.hash.slice(0, 8)}) for ${describeMode(profile)}: ${device.board}, ${device.description}`,
    renderTable(columns(unit, cycles !== undefined), [
      ...rows,
      [
        ...["total", "", "", formatCount(macs), count(layerTicks), "100.0 %", perMac],
        ...inCycles(cycles?.layerCycles ?? 0, macs),
        "",
      ],
    ]),
    [
      `${unit} of a whole run: ${withSpread(run)}${seconds}; ` +
        `${samples === 1 ? "one sample" : `mean of ${samples} samples`}`,
      ...(modelledCycles === undefined ? [] : describeCycles(modelledCycles)),
    ].join("\n"),
  ].join("\n\n");
}

function withSpread({ min, mean, max }: Ticks): string {
  return `${count(mean)}${min === max ? "" : `, from ${formatCount(min)} to ${formatCount(max)}`}`;
}

function describeCycles(modelled: NonNullable<ProfileReport["modelledCycles"]>): string[] {
  if ("missing" in modelled) return [`modelled cycles: none, for ${modelled.missing}`];
  const { run, core, flash } = modelled;
  const wait =
    flash === null || flash.waitStates === 0
      ? []
      : [
          `not in them: ${flash.waitStates} wait states of flash at ${flash.clockHz / 1e6} MHz` +
            `${flash.hiddenBy === null ? "" : `, in part hidden by ${flash.hiddenBy}`}`,
        ];
  return [`modelled cycles of a whole run: ${withSpread(run)}; ${core}, memory without waiting`, ...wait];
}
