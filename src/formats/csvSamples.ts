import { UserError, type Warning } from "../base/errors.js";
import { maximumTextBytes, readBytes } from "../base/files.js";
import { NumberList } from "../base/numberList.js";
import { listed, quoted } from "../base/printable.js";
import { elementCount, type Shape } from "../base/tensor.js";
import { CsvNumbers, detectDelimiter, readCsvText, stretchStarts } from "./csvText.js";
import type { Samples } from "./npy.js";

/** What a network calls the columns of its data. */
export interface ColumnNames {
  /** Along the last axis of its input: all values of a sample, or the channels of a window. */
  readonly inputs: readonly string[];
  /** What it was to tell, a class or real numbers: these may stand in the file too. */
  readonly targets: readonly string[];
}

/** What a .csv file gives besides its numbers. */
export interface CsvSamples extends Samples {
  /** The class of each sample, where the file has the column. */
  readonly labels?: readonly string[];
  /** The first line, where it names columns that were taken by their position. */
  readonly names?: readonly string[];
  readonly warnings: readonly Warning[];
}

/** What the first line tells of the columns. */
interface Layout {
  readonly width: number;
  readonly names: readonly string[] | undefined;
  /** Numbers of the columns that are read, in the order of the input. */
  readonly inputs: readonly number[];
  readonly label: number | undefined;
  /** Whether a line is a row of a window and not a whole sample. */
  readonly isRecording: boolean;
  readonly isByName: boolean;
  readonly warnings: readonly Warning[];
}

interface Rows {
  readonly values: NumberList<Float64Array>;
  readonly labels: string[];
  readonly blankLinesAbove: NumberList<Float32Array>;
}

/**
 * Reads samples, one a line; for an input [window, channels] also one moment a line, cut into windows that do not
 * overlap. Where the first line and the network both name columns, names decide and not the order; columns that the
 * network does not know are left out with a warning.
 *
 * @param shape of one sample; without it every line is one
 * @throws UserError with file, line and column of what cannot be read, and when a column of the network is missing
 */
export function readCsvSamples(path: string, shape?: Shape, columns?: ColumnNames): CsvSamples {
  const bytes = readBytes(path, maximumTextBytes);
  const delimiter = detectDelimiter(bytes);
  const numbers = new CsvNumbers(delimiter);
  const rows: Rows = {
    values: new NumberList(Float64Array),
    labels: [],
    blankLinesAbove: new NumberList(Float32Array),
  };
  let layout: Layout | undefined;
  readCsvText(bytes, path, delimiter, (cells, line, blankLines) => {
    if (layout === undefined) {
      const areNames = numbers.areNames(cells) || columns?.inputs.every((name) => cells.includes(name));
      layout = chooseColumns(path, cells, areNames ?? false, shape, columns);
      if (areNames) return;
    }
    takeRow(rows, layout, numbers, cells, blankLines, `${path}:${line}`);
  });
  const count = rows.blankLinesAbove.length;
  if (layout === undefined || count === 0) {
    throw new UserError(`${path}: holds no numbers`, "write one sample a line, numbers with commas between");
  }
  const all = { data: rows.values.view(), type: "f8" as const };
  const { inputs, names, isByName, warnings, label } = layout;
  if (layout.isRecording) return { ...all, ...cutWindows(path, all.data, rows, shape!, layout) };
  return {
    ...all,
    shape: [count, inputs.length],
    ...(label !== undefined && { labels: rows.labels }),
    ...(names && !isByName && { names }),
    warnings,
  };
}

function takeRow(
  rows: Rows,
  { width, names, inputs, label }: Layout,
  numbers: CsvNumbers,
  cells: readonly string[],
  blankLines: number,
  place: string,
): void {
  if (cells.length !== width) {
    throw new UserError(
      `${place}: ${cells.length} numbers; the lines before have ${width}`,
      "give each line one sample, with the same number of columns",
    );
  }
  for (const column of inputs) {
    const value = numbers.read(cells[column]!);
    if (Number.isNaN(value)) {
      const name = names === undefined ? "" : ` (${quoted(names[column]!)})`;
      throw new UserError(
        `${place}: column ${column + 1}${name} is ${quoted(cells[column]!)}; expected ${numbers.expected}`,
      );
    }
    rows.values.push(value);
  }
  if (label !== undefined) rows.labels.push(cells[label]!);
  rows.blankLinesAbove.push(blankLines);
}

function chooseColumns(
  path: string,
  cells: readonly string[],
  areNames: boolean,
  shape: Shape | undefined,
  columns: ColumnNames | undefined,
): Layout {
  const width = cells.length;
  const names = areNames ? cells : undefined;
  const [rowCount, channels] = shape?.length === 2 ? shape : [1, 0];
  if (names !== undefined && columns !== undefined && shape !== undefined) {
    const ofWindow = Array.from({ length: rowCount! }, (_, row) =>
      columns.inputs.map((name) => `${name}[${row}]`),
    ).flat();
    const isWhole = rowCount === 1 || names.includes(ofWindow[0]!);
    return {
      ...{ width, names, isByName: true, isRecording: !isWhole },
      ...matchColumns(path, names, rowCount === 1 || !isWhole ? columns.inputs : ofWindow, columns.targets),
    };
  }
  const inputs = Array.from(cells.keys());
  const elements = shape === undefined ? width : elementCount(shape);
  const isRecording = width !== elements && width === channels;
  if (width !== elements && !isRecording) {
    const moments = shape?.length === 2 ? `, or ${channels} for each row of a sample` : "";
    throw new UserError(
      `${path}: has ${width} columns${names ? `: ${listed(names)}` : ""}; expected ${elements}, one for each value of a sample${moments}`,
      columns === undefined
        ? `the network's input is [${shape!.join(", ")}]`
        : `name them in the first line: the network takes ${listed(columns.inputs)}`,
    );
  }
  return { width, names, inputs, label: undefined, isRecording, isByName: false, warnings: [] };
}

/** @throws UserError when a column is missing or there twice */
function matchColumns(
  path: string,
  names: readonly string[],
  wanted: readonly string[],
  targets: readonly string[],
): Pick<Layout, "inputs" | "label" | "warnings"> {
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(
      `${path}: has no column ${listed(missing)}; its columns are ${listed(names)}`,
      "columns are taken by their names; without a line of names, in the order of the training",
    );
  }
  const twice = [...wanted, ...targets].find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) throw new UserError(`${path}: two columns are named ${quoted(twice)}`);
  const unknown = names.filter((name) => !wanted.includes(name) && !targets.includes(name));
  const label = targets.length === 1 ? names.indexOf(targets[0]!) : -1;
  return {
    inputs: wanted.map((name) => names.indexOf(name)),
    label: label < 0 ? undefined : label,
    warnings:
      unknown.length === 0
        ? []
        : [{ message: `${path}: left out ${listed(unknown)}, which the network does not take` }],
  };
}

/** Windows one behind the other, none across a gap; what is left of a stretch is told. */
function cutWindows(
  path: string,
  data: Float64Array,
  { labels, blankLinesAbove }: Rows,
  shape: Shape,
  { label, names, isByName, warnings }: Layout,
): Omit<CsvSamples, "type"> {
  const [window, channels] = shape as readonly [number, number];
  const rows = blankLinesAbove.length;
  const starts = stretchStarts(blankLinesAbove.view());
  const ends = [...starts.slice(1), rows];
  const places = starts.flatMap((start, stretch) =>
    Array.from({ length: Math.floor((ends[stretch]! - start) / window) }, (_, i) => start + i * window),
  );
  if (places.length === 0) {
    const longest = starts.reduce((most, start, stretch) => Math.max(most, ends[stretch]! - start), 0);
    throw new UserError(
      `${path}: has ${rows} rows, at most ${longest} without a gap; a sample takes ${window}`,
      "give longer recordings; blank lines are gaps",
    );
  }
  const cut = new Float64Array(places.length * window * channels);
  for (const [index, start] of places.entries()) {
    const values = data.subarray(start * channels, (start + window) * channels);
    cut.set(values, index * window * channels);
  }
  const left = rows - places.length * window;
  const message = `${path}: left out ${left} of ${rows} rows, too few for a window of ${window} rows`;
  return {
    data: cut,
    shape: [places.length, ...shape],
    ...(label !== undefined && {
      labels: places.map((start) => mostFrequent(labels.slice(start, start + window))),
    }),
    ...(names && !isByName && { names }),
    warnings: left === 0 ? warnings : [...warnings, { message }],
  };
}

/** Of equally frequent ones the first. */
function mostFrequent(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
