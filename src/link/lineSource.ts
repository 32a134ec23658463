import type { Clock } from "../base/clock.js";
import { UserError } from "../base/errors.js";
import type { Line } from "./line.js";
import { SETTLE_MS, type SensorSource } from "./recordSensor.js";
import { SensorLines } from "./sensorLines.js";

/** The lines of numbers that a firmware prints. */
export class LineSource implements SensorSource {
  readonly lines: SensorLines;

  /**
   * @param baud for messages
   * @param columns their names; undefined to find out how many there are, and what the device calls them
   */
  constructor(
    private readonly line: Line,
    private readonly baud: number,
    private readonly columns: readonly string[] | undefined,
    private readonly clock: Clock,
  ) {
    this.lines = new SensorLines(columns?.length);
  }

  get rows() {
    return this.lines.rows;
  }

  get names(): readonly string[] {
    const { names, columns } = this.lines.format!;
    return this.columns ?? names ?? Array.from({ length: columns }, (_, column) => `x${column}`);
  }

  get badLines(): number {
    return this.lines.badLines;
  }

  get latestBad(): string | undefined {
    return this.lines.latestBad;
  }

  /** Rows; lines of numbers while it is not known what a row is. */
  get heard(): number {
    return this.lines.format === undefined ? this.lines.numberLines : this.lines.rows.length;
  }

  async run(signal: AbortSignal, onChange: () => void): Promise<void> {
    const start = this.clock.now();
    await new Promise<void>((resolve, reject) => {
      this.line.listen((bytes) => {
        const now = this.clock.now();
        if (signal.aborted || now - start < SETTLE_MS) return;
        try {
          this.lines.push(bytes, now);
          onChange();
        } catch (error) {
          reject(error);
        }
      }, reject);
      signal.addEventListener("abort", () => resolve());
      if (signal.aborted) resolve();
    });
    this.lines.finish();
  }

  explainNothing(milliseconds: number): UserError {
    const wrongColumns = this.lines.columnsError();
    if (wrongColumns !== undefined) return wrongColumns;
    const { badLines, latestBad, hasMixedSeparators } = this.lines;
    const others = badLines > 0 ? `; ${badLines} other lines came, the latest ${latestBad}` : "";
    return new UserError(
      `no row of numbers from ${this.line.name} in ${milliseconds} ms${others}`,
      hasMixedSeparators
        ? "let the board print decimal points, and one separator between the numbers"
        : `check that the board prints lines like "0.1,0.2,9.8" at ${this.baud} baud (--baud); ` +
            "for firmware of pinfer that reads its own pins give --inputs",
    );
  }
}
