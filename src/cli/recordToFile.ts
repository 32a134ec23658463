import type { Clock } from "../base/clock.js";
import { UserError, type Warning } from "../base/errors.js";
import { type Ending, recordSensor, type SensorSource, SILENCE_MS } from "../link/recordSensor.js";
import { isSilence, rateOf, stretchesOf } from "../link/rowTiming.js";
import { expectSameColumns, reserveRecording, writeRecording } from "./recordingFile.js";

/** A long recording is safe up to its last so many milliseconds, whatever happens. */
const SAVE_INTERVAL_MS = 5_000;
/** The rate that is shown while it records is that of so many rows. */
const LATEST_ROWS = 200;

export interface RecordToFileOptions {
  readonly source: SensorSource;
  readonly folder: string;
  readonly label: string;
  readonly seconds?: number | undefined;
  readonly stop: AbortSignal;
  readonly clock: Clock;
  /** What has come so far. */
  readonly onRows: (rows: number, seconds: number, rowsPerSecond: number | undefined) => void;
  readonly warn: (warning: Warning) => void;
}

/** A recording that lies in its file. */
export interface Recorded {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly rowsPerSecond: number | undefined;
  readonly badLines: number;
  readonly latestBad: string | undefined;
  /** Parts without a gap, and the rows of the longest. */
  readonly stretches: number;
  readonly longestStretch: number;
  /** From the first row to the end. */
  readonly seconds: number;
  /** From the last row to the end. */
  readonly silentSeconds: number;
  /** "silence" too when the sensor fell silent before its seconds were over. */
  readonly ending: Ending;
}

/**
 * Records into a file that is reserved first and saved every few seconds. Whatever ends it, its rows are kept.
 *
 * @throws UserError when there is no row, or what went wrong in the midst of them
 */
export async function recordToFile(options: RecordToFileOptions): Promise<Recorded> {
  const { source, folder, label, seconds, clock, onRows } = options;
  const { path, release } = reserveRecording(folder, label);
  const saver = new Saver(path, options);
  try {
    const { ending, endedAt } = await recordSensor(source, {
      ...options,
      onRows: () => {
        const { rows } = source;
        if (rows.length === 0) return;
        onRows(rows.length, (clock.now() - rows[0]!.milliseconds) / 1000, rateOf(rows.slice(-LATEST_ROWS)));
        saver.saveInTime();
      },
    });
    const { rows } = source;
    if (rows.length === 0 && ending === "stopped") {
      throw new UserError("nothing was recorded", "wait for the first rows before Ctrl-C");
    }
    if (rows.length === 0)
      throw source.explainNothing(ending === "silence" ? SILENCE_MS : 1000 * seconds! + SILENCE_MS);
    saver.save();
    const stretches = stretchesOf(rows);
    const silentMs = endedAt - rows.at(-1)!.milliseconds;
    return {
      ...{ path, ending: ending === "seconds" && isSilence(silentMs, rows) ? "silence" : ending },
      ...{
        silentSeconds: silentMs / 1000,
        columns: source.names,
        rows: rows.length,
        rowsPerSecond: rateOf(rows),
      },
      ...{ badLines: source.badLines, latestBad: source.latestBad, stretches: stretches.length },
      longestStretch: stretches.reduce((most, { length }) => Math.max(most, length), 0),
      seconds: (endedAt - rows[0]!.milliseconds) / 1000,
    };
  } catch (error) {
    if (!saver.hasSaved) throw error;
    saver.save();
    if (!(error instanceof UserError)) throw error;
    const { length } = source.rows;
    throw new UserError(`${error.message}; ${path} has the ${length} rows before`, error.hint, {
      cause: error,
    });
  } finally {
    release();
  }
}

/** Writes the file: as soon as there is a row, every few seconds, and at the end. */
class Saver {
  hasSaved = false;
  private savedAt = 0;
  private hasFailed = false;

  constructor(
    private readonly path: string,
    private readonly options: RecordToFileOptions,
  ) {}

  save(): void {
    const { source, folder } = this.options;
    if (!this.hasSaved) expectSameColumns(folder, source.names);
    writeRecording(this.path, source.names, source.rows);
    this.hasSaved = true;
  }

  /** A save that fails in the midst of a recording is told and tried again: the last one has to succeed. */
  saveInTime(): void {
    const { clock, warn } = this.options;
    const now = clock.now();
    if (this.hasSaved && now - this.savedAt < SAVE_INTERVAL_MS) return;
    this.savedAt = now;
    try {
      this.save();
    } catch (error) {
      if (!this.hasSaved || !(error instanceof UserError)) throw error;
      if (!this.hasFailed) warn(error);
      this.hasFailed = true;
    }
  }
}
