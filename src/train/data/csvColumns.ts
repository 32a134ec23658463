import { UserError, type Warning } from "../../base/errors.js";
import type { NumberList } from "../../base/numberList.js";
import { printable, quoted } from "../../base/printable.js";
import type { DType, FloatArray } from "../../base/tensor.js";
import { isNoName, isTimeName } from "../../formats/csvText.js";
import { type Column, type CsvHead, describeColumn, findColumn } from "./csvRows.js";

/** Which columns are read, and as what. */
export interface ColumnChoice {
  /** The inputs, in this order; default: all that have no other part, are no time ("timestamp", "t_ms") and have a name. */
  readonly columns?: readonly Column[];
  /** Columns that are not read, such as an identifier or a time. */
  readonly ignore?: readonly Column[];
}

/** Numbers of the input columns, and what the user should know of the choice. */
export interface ChosenInputs {
  readonly inputs: readonly number[];
  readonly warnings: readonly Warning[];
}

/**
 * Chooses the inputs. Unless it is named in `columns`, a time is none, and neither is a column without a name, which is
 * an index.
 *
 * @param taken columns that have another part
 * @throws UserError when a column is not there, none is left, or two have one name
 */
export function chooseInputs(head: CsvHead, choice: ColumnChoice, taken: readonly number[]): ChosenInputs {
  const { columns, ignore = [] } = choice;
  const left = new Set([...taken, ...ignore.map((column) => findColumn(head, column))]);
  const all = Array.from({ length: head.width }, (_, column) => column);
  const wanted =
    columns?.map((column) => findColumn(head, column)) ?? all.filter((column) => !left.has(column));
  const doubtful =
    columns === undefined ? wanted.filter((column) => whyNoInput(head, column) !== undefined) : [];
  const inputs = wanted.filter((column) => !doubtful.includes(column));
  const reasons = doubtful.map((column) => `${describeColumn(head, column)} ${whyNoInput(head, column)}`);
  const hint = "name it in columns to take it as an input, or in ignore to say that it is none";
  if (inputs.length === 0) {
    const why = reasons.map((reason) => `; ${reason}`).join("");
    throw new UserError(
      `${head.file}: no column is left for the inputs${why}`,
      reasons.length > 0 ? hint : undefined,
    );
  }
  expectOwnNames(head, [...taken, ...inputs]);
  return {
    inputs,
    warnings: reasons.map((reason) => ({ message: `${head.file}: ${reason}, and is left out`, hint })),
  };
}

function whyNoInput({ names }: CsvHead, column: number): string | undefined {
  if (names === undefined) return undefined;
  if (isNoName(names[column])) return "has no name, like an index";
  return isTimeName(names[column]) ? "is taken for the time" : undefined;
}

/** @throws UserError when two of the columns have one name: a sum of a spreadsheet, or the same data again */
function expectOwnNames({ file, names }: CsvHead, columns: readonly number[]): void {
  const chosen = columns.map((column) => names?.[column]);
  const twice = chosen.findIndex((name, index) => name !== undefined && chosen.indexOf(name) !== index);
  if (twice < 0) return;
  const [first, second] = [columns[chosen.indexOf(chosen[twice])], columns[twice]];
  throw new UserError(
    `${file}: columns ${first + 1} and ${second + 1} are both named ${quoted(chosen[twice]!)}`,
    `rename one, or leave one out by its number: ignore: [${second}]`,
  );
}

/** Rows from which on one that always rises is no chance. */
const fewestRows = 10;

/** What was read of files, one after another. */
export interface ReadValues {
  /** [rows, columns] */
  readonly values: FloatArray;
  /** First rows of the files. */
  readonly starts: readonly number[];
}

/**
 * Warns of inputs that rise through every file, as an index or a time does: where data are sorted by class, they tell
 * the class.
 *
 * @param isSeries rows follow each other in time: what never falls is doubtful; else whole numbers that rise each row
 */
export function findRising(
  head: CsvHead,
  inputs: readonly number[],
  { values, starts }: ReadValues,
  isSeries: boolean,
): Warning[] {
  const width = inputs.length;
  const rows = values.length / width;
  if (width === 1 || rows < fewestRows) return [];
  const isStart = new Set(starts);
  const isRising = (column: number): boolean => {
    let hasRisen = false;
    for (let row = 1; row < rows; row++) {
      if (isStart.has(row)) continue;
      const [before, value] = [values[(row - 1) * width + column], values[row * width + column]];
      if (value < before || (!isSeries && (value === before || !Number.isInteger(value)))) return false;
      hasRisen ||= value > before;
    }
    return hasRisen;
  };
  return inputs
    .filter((_, index) => isRising(index))
    .map((column) => ({
      message: `${head.file}: ${describeColumn(head, column)} never falls, like an index or a time, and is an input`,
      hint: `leave it out with ignore: [${head.names ? quoted(head.names[column]) : column}], or name the inputs in columns`,
    }));
}

/** Names of the columns; undefined where the file has none. */
export function namesOf({ names }: CsvHead, columns: readonly number[]): string[] | undefined {
  return names && columns.map((column) => names[column]);
}

/** What is wrong with the first of some columns' cells that is no number of the element type. */
export function checkNumbers(
  head: CsvHead,
  cells: readonly string[],
  columns: readonly number[],
  dtype: DType,
): string | undefined {
  const { numbers } = head;
  for (const column of columns) {
    const value = numbers.read(cells[column]);
    const fits = dtype === "float64" ? Number.isFinite(value) : Number.isFinite(Math.fround(value));
    if (fits) continue;
    const expected = Number.isFinite(value) ? "a number in float32's range" : numbers.expected;
    const hint = arePartedBySpaces(head, cells[column]) ? ' (or is the delimiter " "?)' : "";
    return `${describeColumn(head, column)} is ${quote(cells[column])}; expected ${expected}${hint}`;
  }
  return undefined;
}

function arePartedBySpaces({ numbers }: CsvHead, cell: string): boolean {
  const parts = cell.length > 200 ? [] : cell.split(" ");
  return parts.length > 1 && parts.every((part) => Number.isFinite(numbers.read(part)));
}

/** Appends the columns' cells to `values`. */
export function appendNumbers(
  { numbers }: CsvHead,
  cells: readonly string[],
  columns: readonly number[],
  values: NumberList<Float32Array | Float64Array>,
): void {
  for (const column of columns) values.push(numbers.read(cells[column]));
}

/** A cell in a message: never the whole of a long one. */
export function quote(cell: string): string {
  return printable(JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell));
}

/**
 * Checks that a later file has the columns of the first.
 *
 * @throws UserError that names both
 */
export function expectSameColumns(first: CsvHead, other: CsvHead): void {
  const show = ({ width, names }: CsvHead) =>
    names ? printable(names.join(", ")) : `${width} without names`;
  if (show(first) === show(other)) return;
  throw new UserError(
    `${other.file}: has the columns ${show(other)}; ${first.file} has ${show(first)}`,
    "give files with the same columns in the same order",
  );
}
