import { UserError } from "../../base/errors.js";
import { printable, quoted } from "../../base/printable.js";
import { CsvNumbers, detectDelimiter, readCsvText } from "../../formats/csvText.js";
import type { BadRows } from "./loadedData.js";

/** How a file of rows is written. */
export interface CsvFormat {
  /** Between the cells; default: a tab, semicolon or comma, whichever the first line has. */
  readonly delimiter?: string;
  /** Whether the first line names the columns; default: when none of its cells is a number, or a column is named. */
  readonly header?: boolean;
}

/** A column by its name, or by its number from 0; −1 is the last. */
export type Column = string | number;

/** What the first line tells. */
export interface CsvHead {
  /** For messages. */
  readonly file: string;
  readonly width: number;
  readonly names: readonly string[] | undefined;
  /** Reads the file's numbers. */
  readonly numbers: CsvNumbers;
}

/**
 * Takes a row in.
 *
 * @param blankLines above it
 * @returns what is wrong with it, beginning with the column; nothing when all is well
 */
export type TakeRow = (cells: readonly string[], blankLines: number) => string | undefined;

/** Larger files are refused: a row takes several times its size while it is read. 256 MiB. */
export const maximumCsvBytes: number = 2 ** 28;

/**
 * Reads rows one by one.
 *
 * @param start called with the first row's width and names; gives what takes the rows
 * @throws UserError when the file is not text in rows, or a row is bad and `badRows` throws
 */
export function readRows(
  bytes: Buffer,
  file: string,
  format: CsvFormat,
  badRows: BadRows,
  start: (head: CsvHead) => TakeRow,
): void {
  const delimiter = format.delimiter ?? detectDelimiter(bytes);
  const numbers = new CsvNumbers(delimiter);
  let head: CsvHead | undefined;
  let takeRow: TakeRow = () => undefined;
  readCsvText(bytes, file, delimiter, (cells, line, blankLines) => {
    if (head === undefined) {
      const isHeader = format.header ?? numbers.areNames(cells);
      head = { file, width: cells.length, names: isHeader ? cells : undefined, numbers };
      takeRow = start(head);
      if (isHeader) return;
    }
    const wrong =
      cells.length === head.width
        ? takeRow(cells, blankLines)
        : `${cells.length} cells; the lines before have ${head.width}`;
    if (wrong !== undefined) badRows.add(`${file}:${line}: ${wrong}`);
  });
}

/**
 * The column's number.
 *
 * @throws UserError when there is none such
 */
export function findColumn({ file, names, width }: CsvHead, column: Column): number {
  const index =
    typeof column === "string" ? (names ?? []).indexOf(column) : column < 0 ? width + column : column;
  if (Number.isInteger(index) && index >= 0 && index < width) {
    if (typeof column === "string" && names!.lastIndexOf(column) !== index) {
      throw new UserError(
        `${file}: two columns are named ${quoted(column)}`,
        "give the column's number, from 0",
      );
    }
    return index;
  }
  const found = typeof column === "string" ? `column ${quoted(column)}` : `column ${column}`;
  const hint =
    names === undefined ? `it has ${width} columns without names, 0..${width - 1}` : nameColumns(names);
  throw new UserError(`${file}: has no ${found}`, hint);
}

const listedNames = 20;

function nameColumns(names: readonly string[]): string {
  const more = names.length > listedNames ? ` and ${names.length - listedNames} more` : "";
  return `its columns are ${printable(names.slice(0, listedNames).join(", "))}${more}`;
}

/** 'column 3 ("width")', counted from 1 as an editor or spreadsheet does. */
export function describeColumn({ names }: CsvHead, column: number): string {
  return names === undefined ? `column ${column + 1}` : `column ${column + 1} (${quoted(names[column])})`;
}
