import { oneLine, printable, shortened } from "../base/printable.js";
import { formatCount, indent, renderTable } from "../base/table.js";
import { formatShape } from "../base/tensor.js";
import type { DataSummary, PartSummary } from "../experiment/dataSummary.js";

/** Columns of a table that still stands in a terminal. */
const maximumClasses = 10;
const maximumWidth = 100;
const nameLength = 16;

/** What is trained, validated and tested on: a line on one sample, and a row for each part. */
export function renderData(summary: DataSummary): string {
  const { inputShape, classes, parts, skipped } = summary;
  const of = classes === undefined ? "" : `, of ${formatCount(classes.length)} classes`;
  const leftOut = skipped && [
    oneLine`left out ${skipped.count} that cannot be read, the first: ${skipped.first[0]}`,
  ];
  return [
    `data: each sample ${formatShape(inputShape)}${of}`,
    indent(renderParts(parts, classes)),
    ...(leftOut ?? []),
  ].join("\n");
}

function renderParts(parts: readonly PartSummary[], classes: readonly string[] | undefined): string {
  const columns = classes === undefined ? targetColumns : classColumns(classes);
  return renderTable(
    [
      { title: "", align: "left" },
      { title: "samples", align: "right" },
      ...columns.map(({ title }) => ({ title, align: "right" }) as const),
    ],
    parts.map((part) => [part.part, formatCount(part.samples), ...columns.map(({ cellOf }) => cellOf(part))]),
  );
}

interface PartColumn {
  readonly title: string;
  cellOf(part: PartSummary): string;
}

const targetColumns: readonly PartColumn[] = [
  { title: "targets from", cellOf: ({ targets }) => (targets ? String(targets.least) : "") },
  { title: "to", cellOf: ({ targets }) => (targets ? String(targets.largest) : "") },
];

/** A column for each class; where these are many, the classes with the fewest and the most samples. */
function classColumns(classes: readonly string[]): readonly PartColumn[] {
  const names = classes.map((name) => shortened(name, nameLength));
  const width = names.reduce((sum, name) => sum + Math.max(name.length, 6) + 2, 0);
  if (classes.length <= maximumClasses && width <= maximumWidth) {
    return names.map((title, label) => ({
      title,
      cellOf: ({ ofClasses }) => formatCount(ofClasses?.[label] ?? 0),
    }));
  }
  const cellOf = (counts: readonly number[], found: number) => {
    const label = counts.indexOf(found);
    const others = counts.filter((count) => count === found).length - 1;
    const more = others === 0 ? "" : ` and ${formatCount(others)} more`;
    return `${formatCount(found)} (${printable(names[label])}${more})`;
  };
  return [
    { title: "fewest of a class", cellOf: ({ ofClasses = [] }) => cellOf(ofClasses, Math.min(...ofClasses)) },
    { title: "most", cellOf: ({ ofClasses = [] }) => cellOf(ofClasses, Math.max(...ofClasses)) },
  ];
}
