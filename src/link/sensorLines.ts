import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";

/** What the lines of a sensor look like. */
export interface SensorFormat {
  readonly columns: number;
  /** From a line of names, where the device sent one. */
  readonly names: readonly string[] | undefined;
}

/** A moment: the numbers as they came. */
export interface SensorRow {
  readonly cells: readonly string[];
  /** When its line had come. */
  readonly milliseconds: number;
  /** A line that is no row came before it, maybe in the place of one. */
  readonly isAfterBadLine?: boolean;
}

interface NumberLine extends SensorRow {
  readonly separator: string;
}

const MAX_LINE = 4096;
/** Lines that are looked at before their format is known, and that change it. */
const LINES_TO_KNOW = 5;
/** Among so many lines of numbers the first may be a boot message: a countdown. Later what was recorded counts. */
const BOOT_LINES = 64;
/** Of the latest so many lines of numbers, more than half are rows. */
const LINES_TO_JUDGE = 20;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
const NAME = /^[\p{L}_][^\p{C}"]*$/u;
/** What serial monitors write in front of a line: "12:00:01.123 -> ". */
const TIME_STAMP = /^\d{1,2}:\d{2}:\d{2}([.,]\d+)? -?> /;

/**
 * Takes the lines `ax,ay,az\r\n` that a firmware prints at a fixed rate, and finds out how many columns they have:
 * as many as most of the first five lines of numbers, and as five in a row while what came before may be a boot
 * message. Cells are parted by comma, semicolon, tab or spaces; the time stamp of a serial monitor in front is left
 * out. A line with commas and another separator is no row: its commas may be decimal points.
 *
 * The first line is left out, because it may have begun before anyone listened, unless it is of names. The latest line
 * of names that is written like the rows and came before them names the columns. Other lines are bad: counted and
 * left out.
 */
export class SensorLines {
  /** What was recorded. */
  rows: SensorRow[] = [];
  /** Lines of numbers, whether their format is known yet or not. */
  numberLines = 0;
  /** Known after the first lines. */
  format: SensorFormat | undefined;
  /** The latest line that is no row, in quotes. */
  latestBad: string | undefined;
  /** A line had commas and other separators. */
  hasMixedSeparators = false;

  private text = "";
  private isFirst = true;
  private textLines = 0;
  /** Text, or numbers that are no row, came since the latest line of numbers, or since the latest row. */
  private isAfterText = false;
  private isAfterOther = false;
  /** Lines of names, the latest of each width and separator. */
  private readonly names = new Map<
    string,
    { readonly names: readonly string[]; readonly isCounted: boolean }
  >();
  private waiting: NumberLine[] = [];
  /** The latest lines of numbers, all of one width that is not the format's. */
  private run: NumberLine[] = [];
  /** Which of the latest lines of numbers are rows, since the first row. */
  private fits: boolean[] = [];
  private hasCountedNames = false;

  /** @param columns how many there must be; undefined to find out */
  constructor(private readonly columns?: number) {
    if (columns !== undefined) this.format = { columns, names: undefined };
  }

  /** Lines that are no row. */
  get badLines(): number {
    const named = this.hasCountedNames ? 1 : 0;
    return this.textLines - named + this.numberLines - this.rows.length - this.waiting.length;
  }

  /**
   * The rows that these bytes complete; all there are when they show what a row is.
   *
   * @throws UserError when the lines have another number of columns than there must be, or no number in common
   */
  push(bytes: Uint8Array, milliseconds: number): readonly SensorRow[] {
    const { rows } = this;
    const { length } = rows;
    this.text += Buffer.from(bytes).toString("latin1");
    const lines = this.text.split(/\r\n|\n|\r(?=[^\n])/);
    this.text = lines.pop()!.slice(-MAX_LINE);
    for (const line of lines) this.take(Buffer.from(line, "latin1").toString("utf8").trim(), milliseconds);
    return this.rows === rows ? rows.slice(length) : this.rows;
  }

  /** No more will come: what was too little to be sure of the format is kept too. */
  finish(): readonly SensorRow[] {
    if (this.waiting.length === 0) return [];
    this.settle();
    return this.rows;
  }

  /** When lines of numbers came, and none has as many columns as there must be. */
  columnsError(): UserError | undefined {
    if (this.columns === undefined || this.rows.length > 0 || this.run.length === 0) return undefined;
    const { cells } = this.run.at(-1)!;
    return new UserError(
      `the lines have ${cells.length} columns, --columns names ${this.columns}: "${cells.join(",")}"`,
      "name each column, or leave out --columns",
    );
  }

  private take(text: string, milliseconds: number): void {
    const isFirst = this.isFirst;
    this.isFirst = false;
    const line = text.replace(TIME_STAMP, "");
    if (line === "") return;
    const cells = line.split(/\s*[,;\t]\s*|\s+/);
    const separators = new Set(Array.from(line.matchAll(/\s*([,;\t])\s*|\s+/g), ([, mark]) => mark ?? " "));
    const separator = [...separators].join("");
    const isMixed = separator.length > 1 && separators.has(",");
    if (isMixed || !cells.every((cell) => NUMBER.test(cell))) {
      const isNames = cells.every((cell) => NAME.test(cell)) && new Set(cells).size === cells.length;
      if (isNames) this.names.set(`${cells.length}${separator}`, { names: cells, isCounted: !isFirst });
      if (isFirst) return;
      this.textLines++;
      this.hasMixedSeparators ||= isMixed;
      this.isAfterText = true;
      this.latestBad = quoted(line);
      return;
    }
    if (isFirst) return;
    this.numberLines++;
    this.takeNumbers({ cells, milliseconds, separator, isAfterBadLine: this.isAfterText });
    this.isAfterText = false;
  }

  private takeNumbers(line: NumberLine): void {
    const width = line.cells.length;
    if (width === this.format?.columns) this.run = [];
    else
      this.run = [
        ...(this.run.at(-1)?.cells.length === width ? this.run.slice(1 - LINES_TO_KNOW) : []),
        line,
      ];
    if (this.format === undefined) {
      this.waiting.push(line);
      if (this.waiting.length === LINES_TO_KNOW) this.settle();
      return;
    }
    this.add(line);
    const mayBoot = this.numberLines <= BOOT_LINES;
    if (this.columns === undefined && this.run.length === LINES_TO_KNOW && mayBoot) this.begin(this.run);
    else this.expectRows(line, mayBoot);
  }

  private settle(): void {
    const counts = new Map<number, number>();
    for (const { cells } of this.waiting) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
    const [columns] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best));
    const lines = this.waiting;
    this.waiting = [];
    this.begin(lines, columns);
  }

  /** These are the first rows; what came before was none. */
  private begin(lines: readonly NumberLine[], columns = lines[0]!.cells.length): void {
    const { separator } = lines.find(({ cells }) => cells.length === columns)!;
    const named = this.names.get(`${columns}${separator}`);
    this.hasCountedNames = named?.isCounted ?? false;
    this.format = { columns, names: named?.names };
    this.rows = [];
    this.fits = [];
    for (const line of lines) this.add(line);
    if (this.run.at(-1)?.cells.length === columns) this.run = [];
  }

  private add({ cells, milliseconds, isAfterBadLine = false }: NumberLine): void {
    const isRow = cells.length === this.format!.columns;
    this.isAfterOther = isAfterBadLine || this.isAfterOther || !isRow;
    if (isRow) {
      this.rows.push({ cells, milliseconds, ...(this.isAfterOther && { isAfterBadLine: true }) });
      this.isAfterOther = false;
    } else {
      this.latestBad = quoted(cells.join(","));
    }
    if (this.rows.length > 0) this.fits = [...this.fits.slice(1 - LINES_TO_JUDGE), isRow];
  }

  private expectRows({ cells }: NumberLine, mayBoot: boolean): void {
    const wrongColumns = mayBoot ? undefined : this.columnsError();
    if (wrongColumns !== undefined) throw wrongColumns;
    const rows = this.fits.filter(Boolean).length;
    if (this.fits.length < LINES_TO_JUDGE || rows > LINES_TO_JUDGE / 2) return;
    throw new UserError(
      `of the latest ${LINES_TO_JUDGE} lines of numbers only ${rows} have ${this.format!.columns} columns; ` +
        `the last has ${cells.length}: ${quoted(cells.join(","))}`,
      "let the board print lines of one kind",
    );
  }
}
