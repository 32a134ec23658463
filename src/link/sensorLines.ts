import { UserError } from "../base/errors.js";

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
}

const MAX_LINE = 4096;
/** Lines that are looked at before their format is known. */
const LINES_TO_KNOW = 5;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/**
 * Takes the lines `ax,ay,az\r\n` that a firmware prints at a fixed rate, and finds out how many columns they have:
 * as many as most of the first five. Cells are parted by comma, semicolon, tab or spaces.
 *
 * The first line is left out, because it may have begun before anyone listened; one of names is kept. Other lines are
 * counted as bad and left out: with text, or with another number of columns.
 */
export class SensorLines {
  /** Lines that are no row. */
  badLines = 0;
  /** Lines of numbers, whether their format is known yet or not. */
  numberLines = 0;
  /** Known after the first lines. */
  format: SensorFormat | undefined;

  private text = "";
  private isFirst = true;
  private names: readonly string[] | undefined;
  private waiting: SensorRow[] = [];

  /** @param columns how many there must be; undefined to find out */
  constructor(private readonly columns?: number) {}

  /**
   * The rows that these bytes complete.
   *
   * @throws UserError when the lines have another number of columns than there must be
   */
  push(bytes: Uint8Array, milliseconds: number): SensorRow[] {
    this.text += Buffer.from(bytes).toString("latin1");
    const lines = this.text.split(/\r\n|\n|\r(?=[^\n])/);
    this.text = lines.pop()!.slice(-MAX_LINE);
    return lines.flatMap((line) => this.take(line.trim(), milliseconds));
  }

  /** Rows that were too few to be sure of their format, when no more come. */
  finish(): SensorRow[] {
    return this.format === undefined && this.waiting.length > 0 ? this.settle() : [];
  }

  private take(line: string, milliseconds: number): SensorRow[] {
    const isFirst = this.isFirst;
    this.isFirst = false;
    if (line === "") return [];
    const cells = line.split(/\s*[,;\t]\s*|\s+/);
    if (!cells.every((cell) => NUMBER.test(cell))) {
      const isNames =
        this.names === undefined && this.numberLines === 0 && cells.every((cell) => /^[A-Za-z_]/.test(cell));
      if (isNames) this.names = cells;
      else if (!isFirst) this.badLines++;
      return [];
    }
    if (isFirst) return [];
    this.numberLines++;
    const row = { cells, milliseconds };
    if (this.format !== undefined) return this.fitting([row]);
    this.waiting.push(row);
    return this.waiting.length < LINES_TO_KNOW ? [] : this.settle();
  }

  private settle(): SensorRow[] {
    const counts = new Map<number, number>();
    for (const { cells } of this.waiting) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
    const [columns] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best));
    if (this.columns !== undefined && this.columns !== columns) {
      throw new UserError(
        `the lines have ${columns} columns, --columns names ${this.columns}: "${this.waiting[0]!.cells.join(",")}"`,
        "name each column, or leave out --columns",
      );
    }
    this.format = { columns, names: this.names?.length === columns ? this.names : undefined };
    const rows = this.fitting(this.waiting);
    this.waiting = [];
    return rows;
  }

  private fitting(rows: readonly SensorRow[]): SensorRow[] {
    const fitting = rows.filter(({ cells }) => cells.length === this.format!.columns);
    this.badLines += rows.length - fitting.length;
    return fitting;
  }
}

/** Rows a second, from when they came; undefined for less than two. */
export function rateOf(rows: readonly SensorRow[]): number | undefined {
  const milliseconds = rows.length < 2 ? 0 : rows.at(-1)!.milliseconds - rows[0]!.milliseconds;
  return milliseconds > 0 ? ((rows.length - 1) * 1000) / milliseconds : undefined;
}
