import { UserError } from "../../base/errors.js";
import { printable } from "../../base/printable.js";
import type { DType } from "../../base/tensor.js";
import { type Column, type CsvHead, describeColumn, findColumn } from "./csvRows.js";

/** Which columns are read, and as what. */
export interface ColumnChoice {
  /** The inputs, in this order; default: all that have no other part. */
  readonly columns?: readonly Column[];
  /** Columns that are not read, such as an identifier or a time. */
  readonly ignore?: readonly Column[];
}

/** Numbers of the input columns. @param taken columns that have another part */
export function chooseInputs(head: CsvHead, choice: ColumnChoice, taken: readonly number[]): number[] {
  const { columns, ignore = [] } = choice;
  const left = new Set([...taken, ...ignore.map((column) => findColumn(head, column))]);
  const all = Array.from({ length: head.width }, (_, column) => column);
  const chosen =
    columns?.map((column) => findColumn(head, column)) ?? all.filter((column) => !left.has(column));
  if (chosen.length === 0) throw new UserError(`${head.file}: no column is left for the inputs`);
  return chosen;
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
    return `${describeColumn(head, column)} is ${quote(cells[column])}; expected ${expected}`;
  }
  return undefined;
}

/** Appends the columns' cells to `values`. */
export function appendNumbers(
  { numbers }: CsvHead,
  cells: readonly string[],
  columns: readonly number[],
  values: number[],
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
