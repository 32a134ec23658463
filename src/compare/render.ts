import { oneLine, shortened } from "../base/printable.js";
import { type Column, formatCount, indent, renderTable } from "../base/table.js";
import { formatShape } from "../base/tensor.js";
import type { AccuracyComparison } from "./accuracy.js";
import type { LayerComparison } from "./layers.js";
import type { Metrics } from "./metrics.js";
import type { Difference, LayerDifference, OutputComparison } from "./outputs.js";
import { namePlace } from "./place.js";
import {
  type ComparisonReport,
  type LinkUse,
  type MetricsRow,
  overheadBytes,
  overheadPercent,
  type Ticks,
} from "./report.js";

/** The report as text for a terminal, without a line feed at the end. */
export function renderComparison(report: ComparisonReport): string {
  const { model, device, outputs, accuracy, ticks, link } = report;
  return [
    oneLine`"${model.name}" (${model.hash.slice(0, 8)}) on ${device.board}, ${device.description}`,
    renderOutputs(outputs, report.firstDifferingLayer),
    ...(report.layers === null ? [] : [renderLayers(report.layers)]),
    ...(accuracy === null
      ? []
      : [renderAccuracy(accuracy), renderConfusionMatrix(accuracy.confusion, accuracy.classNames)]),
    ...(report.metrics.length === 0 ? [] : [renderMetrics(report.metrics)]),
    [...(ticks === null ? [] : [renderTicks(ticks)]), ...(link === null ? [] : [renderLink(link)])].join(
      "\n",
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function renderOutputs(outputs: OutputComparison, layer: LayerDifference | null): string {
  const { samples, steps, bytesPerSample } = outputs;
  const sequences =
    steps === undefined
      ? plural(samples, "sample")
      : `${plural(samples / steps, "sequence")} × ${plural(steps, "step")}`;
  return [
    `${sequences} × ${plural(bytesPerSample, "byte")} of output`,
    describeDifference(outputs, layer),
    `SHA-256 of host's outputs    ${outputs.hostSha256}`,
    `SHA-256 of device's outputs  ${outputs.deviceSha256}`,
  ].join("\n");
}

/** "0 of 540 bytes differ", and on further lines where the first difference is. */
export function describeDifference(outputs: OutputComparison, layer: LayerDifference | null): string {
  const { samples, bytesCompared, bytesDifferent, samplesDifferent, firstDifference } = outputs;
  const what = outputs.steps === undefined ? "samples" : "steps";
  const lines = [
    `${bytesDifferent} of ${bytesCompared} bytes differ${bytesDifferent === 0 ? "" : `, in ${samplesDifferent} of ${samples} ${what}`}`,
  ];
  if (firstDifference !== null) {
    const { index, host, device } = firstDifference;
    lines.push(
      oneLine`first difference: ${namePlace(firstDifference)}, ${nameOutput(outputs, index)}: host ${host}, device ${device}`,
    );
  }
  if (layer !== null) {
    lines.push(
      oneLine`first layer that differs in ${namePlace(layer)}: "${layer.name}" (layer ${layer.layer}), ` +
        `index ${layer.index}: host ${layer.host}, device ${layer.device}`,
    );
  }
  return lines.join("\n");
}

/** "output 3"; of several, which one, and which of its values. */
function nameOutput({ ports = [] }: OutputComparison, index: number): string {
  let start = 0;
  for (const { name, values } of ports) {
    if (index < start + values) return `output "${name}", index ${index - start}`;
    start += values;
  }
  return `output ${index}`;
}

const layerColumns: readonly Column[] = [
  { title: "layer", align: "left" },
  { title: "kind", align: "left" },
  { title: "output", align: "left" },
  { title: "bytes", align: "right" },
  { title: "different", align: "right" },
  { title: "first difference", align: "left" },
];

function renderLayers(layers: readonly LayerComparison[]): string {
  const rows = layers.map(({ name, kind, shape, bytesCompared, bytesDifferent, firstDifference: first }) => [
    ...[name, kind, formatShape(shape), formatCount(bytesCompared), formatCount(bytesDifferent)],
    first === null ? "" : placeOf(first),
  ]);
  return renderTable(layerColumns, rows);
}

/** "sample 0, index 3: host 1, device 2" */
export function placeOf({ index, host, device, ...place }: Difference): string {
  return `${namePlace(place)}, index ${index}: host ${host}, device ${device}`;
}

function renderAccuracy(accuracy: AccuracyComparison): string {
  const rows = [
    ["float network", accuracy.floatCorrect],
    ["host int8", accuracy.hostCorrect],
    ["device", accuracy.deviceCorrect],
  ] as const;
  const columns: Column[] = [
    { title: "accuracy", align: "left" },
    { title: "", align: "right" },
    { title: "right", align: "right" },
  ];
  return renderTable(
    columns,
    rows.flatMap(([name, correct]) =>
      correct === null
        ? []
        : [[name, percent(correct / accuracy.labels), `${correct} of ${accuracy.labels}`]],
    ),
  );
}

/** Characters of a row, and of a class's name in it. */
const rowWidth = 80;
const nameLength = { min: 4, max: 20 };

/**
 * Names where a row of them has room and no two are shortened to the same; else numbers, which the rows then explain.
 */
function confusionHeadings(
  classes: number,
  names: readonly string[] | null,
): { readonly rows: readonly string[]; readonly columns: readonly string[] } {
  const numbers = Array.from({ length: classes }, (_, index) => `C${index}`);
  if (names === null) return { rows: numbers, columns: numbers };
  const rows = names.map((name) => shortened(name, nameLength.max));
  const room = rowWidth - 2 - Math.max(...rows.map((name) => name.length));
  const length = Math.min(nameLength.max, Math.floor(room / classes) - 2);
  const columns = length < nameLength.min ? [] : names.map((name) => shortened(name, length));
  if (new Set(columns).size === classes) return { rows, columns };
  return { rows: numbers.map((number, index) => `${number} ${rows[index]}`), columns: numbers };
}

/** Rows are labels, columns what the device chose; a zero is printed as a point. */
export function renderConfusionMatrix(
  matrix: readonly (readonly number[])[],
  classNames: readonly string[] | null = null,
): string {
  const samples = matrix.flat().reduce((sum, count) => sum + count, 0);
  const headings = confusionHeadings(matrix.length, classNames);
  const columns = headings.columns.map((title): Column => ({ title, align: "right" }));
  const rows = matrix.map((counts, label) => [
    headings.rows[label],
    ...counts.map((count) => (count === 0 ? "." : String(count))),
  ]);
  return [
    `confusion matrix: ${matrix.length} classes, ${samples} samples; rows are labels, columns the device's choice`,
    indent(renderTable([{ title: "", align: "left" }, ...columns], rows)),
  ].join("\n");
}

const metricFormats: { readonly [Name in keyof Metrics]: (value: number) => string } = {
  acc: percent,
  rmse: fixed,
  mae: fixed,
  l2r: fixed,
  mean: fixed,
  std: fixed,
  nse: fixed,
  cos: fixed,
};

function renderMetrics(rows: readonly MetricsRow[]): string {
  const names = Object.keys(metricFormats) as (keyof Metrics)[];
  const columns = names.map((name): Column => ({ title: name, align: "right" }));
  return renderTable(
    [{ title: "metrics", align: "left" }, ...columns],
    rows.map(({ predicted, reference, metrics }) => [
      `${predicted} against ${reference}`,
      ...names.map((name) => {
        const value = metrics[name];
        return value === null ? "n.a." : metricFormats[name](value);
      }),
    ]),
  );
}

function renderTicks({ unit, min, mean, max }: Ticks): string {
  return `${unit} per inference: min ${formatCount(min)}, mean ${formatCount(Math.round(mean))}, max ${formatCount(max)}`;
}

function renderLink(link: LinkUse): string {
  return (
    `link: ${formatCount(link.totalBytes)} B, of them ${formatCount(overheadBytes(link))} B ` +
    `(${overheadPercent(link).toFixed(1)} %) around the tensors; ${plural(link.retries, "frame")} repeated`
  );
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function fixed(value: number): string {
  return value.toFixed(6);
}
