import { type CsvError, parse } from "csv-parse/sync";
import { UserError } from "../../base/errors.js";
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
}

/** Takes a row in. @returns what is wrong with it, beginning with the column; nothing when all is well */
export type TakeRow = (cells: readonly string[], line: number) => string | undefined;

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
  let head: CsvHead | undefined;
  let takeRow: TakeRow = () => undefined;
  const onRow = (cells: string[], line: number): void => {
    if (head === undefined) {
      const isHeader = format.header ?? cells.every((cell) => !isNumber(cell));
      head = { file, width: cells.length, names: isHeader ? cells : undefined };
      takeRow = start(head);
      if (isHeader) return;
    }
    const wrong =
      cells.length === head.width
        ? takeRow(cells, line)
        : `${cells.length} cells; the lines before have ${head.width}`;
    if (wrong !== undefined) badRows.add(`${file}:${line}: ${wrong}`);
  };
  try {
    parse(bytes, {
      bom: true,
      delimiter: format.delimiter ?? detectDelimiter(bytes),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (cells: string[], { lines }) => {
        onRow(cells, lines);
        return null;
      },
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { message, code } = cause as CsvError;
    const hint = code === "CSV_QUOTE_NOT_CLOSED" ? 'close the text with another "' : undefined;
    throw new UserError(`${file}: ${message}`, hint, { cause });
  }
}

const maximumFirstLine = 2 ** 20;

/** The tab, semicolon or comma of the first line that holds something; outside of quotes. */
export function detectDelimiter(bytes: Buffer): string {
  const [first = ""] = bytes
    .subarray(0, maximumFirstLine)
    .toString("utf8")
    .trimStart()
    .split(/[\r\n]/, 1);
  const unquoted = first.replace(/"[^"]*"/g, "");
  return ["\t", ";"].find((delimiter) => unquoted.includes(delimiter)) ?? ",";
}

/** Whether a cell is a finite number. */
export function isNumber(cell: string): boolean {
  return cell !== "" && Number.isFinite(Number(cell));
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
      throw new UserError(`${file}: two columns are named "${column}"`, "give the column's number, from 0");
    }
    return index;
  }
  const found = typeof column === "string" ? `column "${column}"` : `column ${column}`;
  const hint =
    names === undefined ? `it has ${width} columns without names, 0..${width - 1}` : nameColumns(names);
  throw new UserError(`${file}: has no ${found}`, hint);
}

const listedNames = 20;

function nameColumns(names: readonly string[]): string {
  const more = names.length > listedNames ? ` and ${names.length - listedNames} more` : "";
  return `its columns are ${names.slice(0, listedNames).join(", ")}${more}`;
}

/** 'column 3 ("width")', counted from 1 as an editor or spreadsheet does. */
export function describeColumn({ names }: CsvHead, column: number): string {
  return names === undefined ? `column ${column + 1}` : `column ${column + 1} ("${names[column]}")`;
}
