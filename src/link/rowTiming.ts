import type { SensorRow } from "./sensorLines.js";

/** Arrivals over which the period is averaged, so that rows which come in lumps do not count as none and many. */
const LAG = 10;
/** So many periods without a row are a gap. */
const GAP_PERIODS = 3;
/** A busy computer may read the last row so late. */
const LATE_MS = 500;
/** Rows that come late, because this computer was busy, come in a lump within so long. */
const CATCH_UP_MS = 2000;

/**
 * Milliseconds from a row to the next: the median, so that gaps do not count. Rows that came together are one arrival.
 *
 * @returns undefined for rows that all came at once
 */
export function periodOf(rows: readonly SensorRow[]): number | undefined {
  const arrivals = rows.flatMap(({ milliseconds }, row) =>
    milliseconds === rows[row + 1]?.milliseconds ? [] : [{ milliseconds, row }],
  );
  const lag = Math.max(1, Math.min(LAG, Math.floor(arrivals.length / 3)));
  const periods = arrivals
    .slice(lag)
    .map(
      (arrival, i) => (arrival.milliseconds - arrivals[i]!.milliseconds) / (arrival.row - arrivals[i]!.row),
    )
    .sort((a, b) => a - b);
  const middle = periods.length / 2;
  return periods.length === 0
    ? undefined
    : (periods[Math.floor(middle)]! + periods[Math.ceil(middle - 1)]!) / 2;
}

/** Rows a second; undefined for less than two. */
export function rateOf(rows: readonly SensorRow[]): number | undefined {
  const period = periodOf(rows);
  return period === undefined ? undefined : 1000 / period;
}

/**
 * The rows in stretches without a gap: one ends at a line that was no row, and where more than three periods passed
 * without a row that later ones do not make up for.
 */
export function stretchesOf(rows: readonly SensorRow[]): (readonly SensorRow[])[] {
  const period = periodOf(rows);
  const starts = rows.flatMap(({ isAfterBadLine }, row) =>
    row === 0 || isAfterBadLine || (period !== undefined && isAfterSilence(rows, row, period)) ? [row] : [],
  );
  return starts.map((start, i) => rows.slice(start, starts[i + 1]));
}

/** Whether so long without a row at the end shows that the sensor has stopped, and not that it or we are late. */
export function isSilence(milliseconds: number, rows: readonly SensorRow[]): boolean {
  return milliseconds > Math.max(LATE_MS, GAP_PERIODS * (periodOf(rows) ?? 0));
}

/** A row can come late, never early: after a true gap all of them are late for good. */
function isAfterSilence(rows: readonly SensorRow[], row: number, period: number): boolean {
  const before = rows[row - 1]!.milliseconds;
  const end = Math.min(rows.length, row + Math.ceil(CATCH_UP_MS / period));
  for (let later = row; later < end; later++) {
    if (rows[later]!.milliseconds - before - (later - row) * period <= GAP_PERIODS * period) return false;
  }
  return true;
}
