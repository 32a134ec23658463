import { type CsvError, parse } from "csv-parse/sync";
import { UserError } from "../base/errors.js";

/** Takes a row in: its cells without spaces around them, its last line, and how many blank lines stand above it. */
export type OnCsvRow = (cells: readonly string[], line: number, blankLines: number) => void;

/** Of one row: 4 MiB of text. A text whose closing " is missing ends here and not with the file. */
export const maximumRowBytes: number = 2 ** 22;

/** What the serial monitor of Arduino's IDE writes before each line. */
const timeStamp = /^\d{1,2}:\d\d:\d\d(\.\d+)? ->\s*/;

/**
 * Reads text of cells, row by row: RFC 4180, with any line end and any delimiter. A line is blank when it has nothing
 * but spaces and delimiters, as a spreadsheet writes it. A serial monitor's time stamp ("12:00:01.123 -> 1.5,2.5") is
 * no part of the first cell.
 *
 * @throws UserError when a row is longer than {@link maximumRowBytes}, a quote is not closed, or `onRow` throws
 */
export function readCsvText(
  bytes: Buffer,
  file: string,
  delimiter: string | readonly string[],
  onRow: OnCsvRow,
): void {
  let blankRows = 0;
  let blankLinesBefore = 0;
  try {
    parse(bytes, {
      bom: true,
      delimiter: [delimiter].flat(),
      max_record_size: maximumRowBytes,
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      on_record: ([first, ...more]: string[], { lines, empty_lines }) => {
        const cells = [first.replace(timeStamp, ""), ...more];
        if (cells.every((cell) => cell === "")) {
          blankRows += 1;
          return null;
        }
        const blankLines = empty_lines + blankRows;
        onRow(cells, lines, blankLines - blankLinesBefore);
        blankLinesBefore = blankLines;
        return null;
      },
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw explain(file, cause as CsvError);
  }
}

function explain(file: string, cause: CsvError): UserError {
  const { message, code, lines } = cause as CsvError & { readonly lines: number };
  if (code === "CSV_MAX_RECORD_SIZE") {
    return new UserError(
      `${file}:${lines}: a row takes more than ${maximumRowBytes} B`,
      'write one sample a line, and close each text with another "',
      { cause },
    );
  }
  const hint = code === "CSV_QUOTE_NOT_CLOSED" ? 'close the text with another "' : undefined;
  return new UserError(`${file}: ${message}`, hint, { cause });
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

const integer = /^[-+]?\d+(e[-+]?\d+)?$/i;
const withPoint = /^[-+]?(\d+\.\d*|\.\d+)(e[-+]?\d+)?$/i;
const withComma = /^[-+]?(\d+,\d*|,\d+)(e[-+]?\d+)?$/i;
/** What programs write where a number is missing or none, and 0x10: nobody's name of a column. */
const missing = /^([-+]?(nan|inf|infinity)|null|0[xbo][\da-f]+)$/i;

/**
 * The numbers of one file: decimal, with a point. Where no comma stands between the cells, a decimal comma is read too
 * ("1,5;2,5", as spreadsheets write it in many countries), but never both signs in one file: 1,234 might be a thousand.
 */
export class CsvNumbers {
  private sign: "point" | "comma" | undefined;

  constructor(private readonly delimiter: string) {}

  /** @returns NaN for what is no finite number of this file */
  read(cell: string): number {
    const sign = this.signOf(cell);
    if (sign === undefined) return Number.NaN;
    if (sign !== "none") {
      if (sign !== (this.sign ?? sign)) return Number.NaN;
      this.sign = sign;
    }
    const value = Number(sign === "comma" ? cell.replace(",", ".") : cell);
    return Number.isFinite(value) ? value : Number.NaN;
  }

  /** Whether a line of these cells names the columns: none is a number or stands for one. */
  areNames(cells: readonly string[]): boolean {
    return cells.every((cell) => this.signOf(cell) === undefined && !missing.test(cell));
  }

  /** What a cell should have been, for messages. */
  get expected(): string {
    return this.sign === "comma" ? "a number with a decimal comma, like those before" : "a number";
  }

  private signOf(cell: string): "point" | "comma" | "none" | undefined {
    if (integer.test(cell)) return "none";
    if (withPoint.test(cell)) return "point";
    return !this.delimiter.includes(",") && withComma.test(cell) ? "comma" : undefined;
  }
}

const time = /^(elapsed|(time|date)([ _-]?stamp)?|date[ _-]?time|ts)$/;
const unit = "(ns|us|µs|ms|s|sec|secs|seconds|millis|micros|milliseconds|microseconds|utc|unix|iso)";
const timeWithUnit = new RegExp(`^(t|ts|time|timestamp|elapsed)[ _-]?[([]?${unit}[)\\]]?$`);
const timeByUnit = /^(millis|micros|(seconds|ms)[ _-]elapsed)$/;

/** Whether a column of this name tells when a row was taken: "timestamp", "t_ms", "Time (s)". */
export function isTimeName(name: string): boolean {
  return [time, timeWithUnit, timeByUnit].some((pattern) => pattern.test(name.toLowerCase()));
}

/** Whether a column has no name, or the one that pandas gives it for that; it writes its index so. */
export function isNoName(name: string): boolean {
  return name === "" || /^Unnamed: \d+$/.test(name);
}

/**
 * Rows at which a stretch without gaps begins: the first, and each below more blank lines than stand above every other.
 *
 * @param blankLinesAbove each row
 */
export function stretchStarts(blankLinesAbove: Float32Array): number[] {
  const usual = blankLinesAbove.subarray(1).reduce((least, lines) => Math.min(least, lines), 2 ** 24);
  const starts = [0];
  for (let row = 1; row < blankLinesAbove.length; row++) if (blankLinesAbove[row]! > usual) starts.push(row);
  return starts;
}
