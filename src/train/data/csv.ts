import { basename, extname } from "node:path";
import { UserError, type Warning } from "../../base/errors.js";
import { readBytes } from "../../base/files.js";
import { NumberList } from "../../base/numberList.js";
import { type DType, Tensor } from "../../base/tensor.js";
import { ClassLabels, checkClassName, numberClasses } from "./classes.js";
import {
  appendNumbers,
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
  type TakeRow,
} from "./csvRows.js";
import { isFolder, listFiles } from "./dataFiles.js";
import { type DataPath, resolveDataPath, showPath } from "./dataPath.js";
import { BadRows, type LoadedData, type OnBad } from "./loadedData.js";
import type { SplitOptions } from "./shareOut.js";
import { split } from "./split.js";

export interface CsvOptions extends CsvFormat, ColumnChoice, SplitOptions {
  /** The column with the class, a name or a number. */
  readonly label?: Column;
  /** The columns with the real numbers to tell, instead of a label. */
  readonly target?: Column | readonly Column[];
  /** Names of the classes 0, 1, …; default: numbers by size, other names by their characters. */
  readonly classes?: readonly string[];
  /** Default "throw". */
  readonly onBadRow?: OnBad;
  /** Default "float32". */
  readonly dtype?: DType;
}

/**
 * Reads samples from comma-separated text, one a line: `csv("iris.csv", { label: "species", test: 0.2 })`.
 *
 *   inputs   [samples, columns]
 *   targets  class numbers [samples] with `label` or a file for each class, else [samples, targets]
 *
 * @param from a file; a folder, whose .csv files are read by name; or a file for each class: `{ on: "a.csv", off:
 *   "b.csv" }`. Without `label` and `target`, a folder's files are a class each, named after the file.
 * @throws UserError with file, line and column of what cannot be read, and when nothing is left
 */
export function csv(
  from: DataPath | Readonly<Record<string, DataPath>>,
  options: CsvOptions = {},
): LoadedData {
  const { dtype = "float32", classes } = options;
  const badRows = new BadRows(options.onBadRow ?? "throw", "onBadRow");
  const files = listCsvFiles(from, options);
  const kind = dtype === "float64" ? Float64Array : Float32Array;
  const rows: Rows = {
    inputs: new NumberList<Float32Array | Float64Array>(kind),
    targets: new NumberList<Float32Array | Float64Array>(kind),
    labels: new ClassLabels(),
    starts: [],
    count: 0,
  };
  let first: Layout | undefined;
  for (const { path, className } of files) {
    const file = showPath(path);
    rows.starts.push(rows.count);
    readRows(readBytes(path, maximumCsvBytes), file, formatOf(options), badRows, (head) => {
      if (first !== undefined) expectSameColumns(first.head, head);
      first ??= chooseColumns(head, options);
      return rowReader(rows, { ...first, head }, className, dtype);
    });
  }
  const place = files.length === 1 ? showPath(files[0].path) : `${files.length} files`;
  badRows.expectSome(place, rows.count, "samples");
  const { inputs, targets, label, head } = first!;
  const values = rows.inputs.view();
  const rising =
    options.columns === undefined ? findRising(head, inputs, { values, starts: rows.starts }, false) : [];
  const warnings = [...first!.warnings, ...rising];
  const numbered = targets.length === 0 ? numberClasses(place, rows.labels, classes) : undefined;
  const inputNames = namesOf(head, inputs);
  const targetNames = namesOf(head, label === undefined ? targets : [label]);
  const data = {
    inputs: new Tensor([rows.count, inputs.length], values.slice()),
    targets: numbered?.numbers ?? new Tensor([rows.count, targets.length], rows.targets.view().slice()),
    ...(numbered && { classNames: numbered.classes }),
    ...(inputNames && { inputNames }),
    ...(targetNames?.length && { targetNames }),
  };
  return {
    ...split(data, options),
    skipped: badRows.skipped,
    ...(warnings.length > 0 && { warnings }),
  };
}

interface CsvFile {
  readonly path: string;
  /** When the file is of one class. */
  readonly className: string | undefined;
}

function listCsvFiles(from: DataPath | Readonly<Record<string, DataPath>>, options: CsvOptions): CsvFile[] {
  const { label, target } = options;
  if (label !== undefined && target !== undefined) {
    throw new UserError(
      "csv: label and target are both given",
      "give label for classes, target for real numbers",
    );
  }
  const hasColumn = label !== undefined || target !== undefined;
  if (typeof from === "object" && !(from instanceof URL)) {
    if (hasColumn) throw new UserError("csv: a file for each class needs no label or target");
    return Object.entries(from).map(([className, path]) => ({ path: resolveDataPath(path), className }));
  }
  const path = resolveDataPath(from);
  if (isFolder(path)) {
    const files = listFiles(path, [".csv", ".tsv"]);
    if (files.length === 0) throw new UserError(`${showPath(path)}: holds no .csv file`);
    return files.map((file) => ({
      path: file,
      className: hasColumn ? undefined : basename(file, extname(file)),
    }));
  }
  if (!hasColumn) {
    throw new UserError(
      `csv: ${showPath(path)} needs label or target, the column that the network shall tell`,
      'write csv(path, { label: "species" })',
    );
  }
  return [{ path, className: undefined }];
}

/** A column that is given by its name stands in a header. */
function formatOf({ delimiter, header, label, target, columns = [], ignore = [] }: CsvOptions): CsvFormat {
  const isNamed = [label, target, ...columns, ...ignore].flat().some((column) => typeof column === "string");
  const hasHeader = header ?? (isNamed || undefined);
  return {
    ...(delimiter !== undefined && { delimiter }),
    ...(hasHeader !== undefined && { header: hasHeader }),
  };
}

/** Numbers of the columns. */
interface Layout {
  readonly head: CsvHead;
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  readonly label: number | undefined;
  readonly warnings: readonly Warning[];
}

function chooseColumns(head: CsvHead, options: CsvOptions): Layout {
  const targets = [options.target ?? []].flat().map((column) => findColumn(head, column));
  const label = options.label === undefined ? undefined : findColumn(head, options.label);
  const chosen = chooseInputs(head, options, label === undefined ? targets : [label]);
  return { head, targets, label, ...chosen };
}

/** What was read so far. */
interface Rows {
  readonly inputs: NumberList<Float32Array | Float64Array>;
  readonly targets: NumberList<Float32Array | Float64Array>;
  readonly labels: ClassLabels;
  /** First rows of the files. */
  readonly starts: number[];
  count: number;
}

function rowReader(rows: Rows, layout: Layout, className: string | undefined, dtype: DType): TakeRow {
  const { head, inputs, targets, label } = layout;
  return (cells) => {
    const name = className ?? (label === undefined ? undefined : cells[label]);
    const wrongName = name === undefined ? undefined : checkClassName(name);
    if (wrongName !== undefined) {
      return label === undefined ? `the class ${wrongName}` : `${describeColumn(head, label)} ${wrongName}`;
    }
    const wrong = checkNumbers(head, cells, [...inputs, ...targets], dtype);
    if (wrong !== undefined) return wrong;
    appendNumbers(head, cells, inputs, rows.inputs);
    appendNumbers(head, cells, targets, rows.targets);
    if (name !== undefined) rows.labels.push(name);
    rows.count += 1;
    return undefined;
  };
}
