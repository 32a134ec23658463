import { UserError, type Warning } from "../../base/errors.js";
import { readBytes } from "../../base/files.js";
import { NumberList } from "../../base/numberList.js";
import { Tensor } from "../../base/tensor.js";
import { stretchStarts } from "../../formats/csvText.js";
import { ClassLabels, checkClassName, numberClasses } from "./classes.js";
import { type ClassFile, listClassFiles } from "./classFiles.js";
import {
  appendNumbers,
  type ChosenInputs,
  type ColumnChoice,
  checkNumbers,
  chooseInputs,
  expectSameColumns,
  findRising,
  namesOf,
} from "./csvColumns.js";
import {
  type Column,
  type CsvFormat,
  type CsvHead,
  describeColumn,
  findColumn,
  maximumCsvBytes,
  readRows,
} from "./csvRows.js";
import { type DataPath, resolveDataPath, showPath } from "./dataPath.js";
import type { Dataset, SampleWindows } from "./dataset.js";
import { BadRows, type LoadedData, type OnBad } from "./loadedData.js";
import { expectShares, type SplitOptions } from "./shareOut.js";
import { cutAtTimes, drawRecordings, majority, type Stretch, type Windows, windowStarts } from "./windows.js";

export interface RecordingOptions extends CsvFormat, ColumnChoice, Omit<SplitOptions, "stratified"> {
  /** Rows of a sample. */
  readonly window: number;
  /** Rows from one sample's start to the next one's; default: the window, so that none overlap. */
  readonly step?: number;
  /**
   * Whose name is the class: the folder's a file lies in, the file's without a number at its end (walk-03.csv is of
   * class walk), or a column's most frequent in the window. Default "folder" where there are folders, else "file".
   */
  readonly label?: "folder" | "file" | { readonly column: Column };
  /** Names of the classes 0, 1, …; default: numbers by size, other names by their characters. */
  readonly classes?: readonly string[];
  /**
   * How test and validation are held back. "time", the default: the end of every recording; no window reaches across
   * the cut, and where windows do not overlap, none is cut in two. "file": whole recordings, drawn at random.
   */
  readonly splitBy?: "time" | "file";
  /** A bad row ends a stretch: no window reaches across it. Default "throw". */
  readonly onBadRow?: OnBad;
}

/**
 * Reads recordings of sensors, one moment a line, and cuts them into windows:
 * `recordings("accelerometer/", { window: 64, step: 32, test: 0.2 })`.
 *
 * A blank line is a gap in time, and no window reaches across it. Where one stands between all rows of a file, its lines
 * are double-spaced, and a gap is where more stand.
 *
 *   inputs   float32 [samples, window, channels]
 *   targets  class numbers [samples]
 *
 * @param from a .csv file, or a folder with files (and folders of files)
 * @throws UserError with file, line and column of what cannot be read, and when a part has no window
 */
export function recordings(from: DataPath, options: RecordingOptions): LoadedData {
  const { window, step = window, classes, splitBy = "time" } = options;
  for (const [name, value] of Object.entries({ window, step })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new UserError(`recordings: ${name} must be an integer above 0, found ${value}`);
    }
  }
  const badRows = new BadRows(options.onBadRow ?? "throw", "onBadRow");
  const path = resolveDataPath(from);
  const loaded = listClassFiles(
    path,
    "recording",
    extensions,
    typeof options.label === "object" ? "inside" : options.label,
  ).map((file) => readRecording(file, options, badRows));
  const [{ head, inputs, labelColumn, warnings: ofColumns }] = loaded;
  for (const recording of loaded) expectSameColumns(head, recording.head);
  const long = loaded.filter((recording) => longestStretch(recording) >= window);
  for (const recording of loaded) {
    const longest = longestStretch(recording);
    if (longest >= window) continue;
    const what = recording.starts.length > 1 ? " in its longest stretch without a gap" : "";
    badRows.add(`${recording.head.file}: ${longest} rows${what}; a window takes ${window}`);
  }
  badRows.expectSome(showPath(path), long.length, `recordings of ${window} rows`);
  const labels = new ClassLabels();
  for (const recording of long) labels.append(recording.labels);
  const numbered = numberClasses(showPath(path), labels, classes);
  let before = 0;
  const stretches = long.flatMap((recording, index) => {
    const first = before;
    before += recording.labels.length;
    return stretchesOf(recording, index, numbered.numbers.subarray(first, before));
  });
  expectShares(options);
  const warnings = [
    ...ofColumns,
    ...(options.columns === undefined ? findTimes(long) : []),
    ...findShortStretches(long, window),
  ];
  const parts =
    splitBy === "time" ? cutAtTimes(stretches, { ...options, step }) : drawRecordings(stretches, options);
  const names = namesOf(head, inputs);
  const inputNames =
    names && Array.from({ length: window }, (_, row) => names.map((name) => `${name}[${row}]`)).flat();
  const targetNames = labelColumn === undefined ? undefined : namesOf(head, [labelColumn]);
  const cut = (part: string, held: readonly Stretch[]) => ({
    ...cutWindows(part, held, inputs.length, { window, step, splitBy }),
    classNames: numbered.classes,
    ...(inputNames && { inputNames }),
    ...(targetNames && { targetNames }),
  });
  return {
    train: cut("the training part", parts.train),
    ...(parts.validation && { validation: cut("the validation part", parts.validation) }),
    ...(parts.test && { test: cut("the test part", parts.test) }),
    skipped: badRows.skipped,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Channels that never fall in any recording. */
function findTimes(recordings: readonly Recording[]): Warning[] {
  const [{ head, inputs }] = recordings;
  const found = recordings.map(({ values }) => findRising(head, inputs, { values, starts: [] }, true));
  return found[0].filter(({ message }) =>
    found.every((own) => own.some((other) => other.message === message)),
  );
}

/** What lies in stretches shorter than a window, though their recordings are long enough. */
function findShortStretches(recordings: readonly Recording[], window: number): Warning[] {
  const lengths = recordings.flatMap(stretchLengths);
  const short = lengths.filter((length) => length < window);
  if (short.length === 0) return [];
  const rows = short.reduce((sum, length) => sum + length, 0);
  return [
    {
      message: `recordings: ${short.length} of ${lengths.length} stretches between gaps are shorter than a window of ${window} rows; their ${rows} rows are in no window`,
      hint: "give a smaller window to use them",
    },
  ];
}

const extensions = [".csv", ".tsv", ".txt"];

interface Recording {
  readonly head: CsvHead;
  /** Numbers of the columns. */
  readonly inputs: readonly number[];
  /** What the user should know of the columns. */
  readonly warnings: readonly Warning[];
  /** Where a column has the class. */
  readonly labelColumn: number | undefined;
  /** [rows, channels] */
  readonly values: Float32Array;
  /** A class name for each row. */
  readonly labels: ClassLabels;
  /** Rows at which a stretch without gaps begins, the first at 0. */
  readonly starts: readonly number[];
}

function readRecording(
  { path, className }: ClassFile,
  options: RecordingOptions,
  badRows: BadRows,
): Recording {
  const file = showPath(path);
  const { label } = options;
  const column = typeof label === "object" ? label.column : undefined;
  const isNamed = [column, options.columns, options.ignore].flat().some((name) => typeof name === "string");
  const values = new NumberList(Float32Array);
  const labels = new ClassLabels();
  const blankLinesAbove = new NumberList(Float32Array); // each row
  let found: (ChosenInputs & Pick<Recording, "head" | "labelColumn">) | undefined;
  let skippedBefore = badRows.skipped.count;
  readRows(
    readBytes(path, maximumCsvBytes),
    file,
    { ...(isNamed && { header: true }), ...options },
    badRows,
    (head) => {
      const labelColumn = column === undefined ? undefined : findColumn(head, column);
      const chosen = chooseInputs(head, options, labelColumn === undefined ? [] : [labelColumn]);
      const { inputs } = chosen;
      found = { head, labelColumn, ...chosen };
      return (cells, blankLines) => {
        const name = className ?? cells[labelColumn!];
        const wrongName = className === undefined ? checkClassName(name) : undefined;
        if (wrongName !== undefined) return `${describeColumn(head, labelColumn!)} ${wrongName}`;
        const wrong = checkNumbers(head, cells, inputs, "float32");
        if (wrong !== undefined) return wrong;
        blankLinesAbove.push(badRows.skipped.count > skippedBefore ? Number.POSITIVE_INFINITY : blankLines);
        skippedBefore = badRows.skipped.count;
        appendNumbers(head, cells, inputs, values);
        labels.push(name);
        return undefined;
      };
    },
  );
  badRows.expectSome(file, labels.length, "rows");
  return { ...found!, labels, values: values.view(), starts: stretchStarts(blankLinesAbove.view()) };
}

function stretchLengths({ starts, labels }: Recording): number[] {
  return starts.map((start, index) => (starts[index + 1] ?? labels.length) - start);
}

const longestStretch = (recording: Recording): number =>
  stretchLengths(recording).reduce((most, length) => Math.max(most, length), 0);

/** The stretches without gaps of a recording. @param labels its rows' class numbers */
function stretchesOf(
  { values, starts, inputs }: Recording,
  recording: number,
  labels: Int32Array,
): Stretch[] {
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? labels.length;
    return {
      recording,
      values: values.subarray(start * inputs.length, end * inputs.length),
      labels: labels.subarray(start, end),
    };
  });
}

function cutWindows(
  part: string,
  stretches: readonly Stretch[],
  channels: number,
  { window, step, splitBy }: Windows & Pick<SampleWindows, "splitBy">,
): Dataset {
  const rowsBefore = new Map<number, number>();
  const places = stretches.flatMap((stretch) => {
    const { recording, labels } = stretch;
    const before = rowsBefore.get(recording) ?? 0;
    rowsBefore.set(recording, before + labels.length);
    return windowStarts(labels.length, window, step).map((start) => ({
      stretch,
      start,
      row: before + start,
    }));
  });
  if (places.length === 0) {
    const longest = stretches.reduce((most, { labels }) => Math.max(most, labels.length), 0);
    throw new UserError(
      `recordings: ${part} has no window of ${window} rows; its longest stretch has ${longest}`,
      'give splitBy: "file" to hold back whole recordings, a smaller window, longer recordings or another share',
    );
  }
  const inputs = Tensor.zeros([places.length, window, channels], "float32");
  const targets = new Int32Array(places.length);
  places.forEach(({ stretch, start }, sample) => {
    const rows = stretch.values.subarray(start * channels, (start + window) * channels);
    inputs.data.set(rows, sample * window * channels);
    targets[sample] = majority(stretch.labels.subarray(start, start + window));
  });
  const windows = {
    recordings: Int32Array.from(places, ({ stretch }) => stretch.recording),
    starts: Int32Array.from(places, ({ row }) => row),
    rows: window,
    splitBy,
  };
  return { inputs, targets, windows };
}
