import type { Clock } from "../base/clock.js";
import type { UserError } from "../base/errors.js";
import type { SensorRow } from "./sensorLines.js";

/** What rows come from. */
export interface SensorSource {
  /** Those recorded so far. */
  readonly rows: readonly SensorRow[];
  /** Names of the columns; known with the first row. */
  readonly names: readonly string[];
  /** Lines that are no row. */
  readonly badLines: number;
  /** The latest of them, in quotes. */
  readonly latestBad: string | undefined;
  /** Counts what shows that the sensor lives. */
  readonly heard: number;
  /**
   * Takes what comes until the signal.
   *
   * @param onChange called after whatever came
   * @throws when what came is no recording, or the line broke
   */
  run(signal: AbortSignal, onChange: () => void): Promise<void>;
  /** What to say when there is no row after so long. */
  explainNothing(milliseconds: number): UserError;
}

/**
 * What ended a recording: the caller's signal, its seconds, a sensor from which nothing came, or rows that began too late
 * for all of the seconds.
 */
export type Ending = "stopped" | "seconds" | "silence" | "late";

/** Nothing came for so long: then the sensor is off, or its lines are not rows. */
export const SILENCE_MS = 5_000;

/** What comes before is old: adapters and terminals store what nobody read. */
export const SETTLE_MS = 100;

export interface RecordOptions {
  /** From the first row on. Whatever comes, all ends these and SILENCE_MS after its start. */
  readonly seconds?: number | undefined;
  readonly stop: AbortSignal;
  readonly clock: Clock;
  /** Called whenever rows may have come. */
  readonly onRows: () => void;
}

/** Records until the time is over, the signal comes, or nothing else does. @returns how it ended, and when */
export async function recordSensor(
  source: SensorSource,
  options: RecordOptions,
): Promise<{ readonly ending: Ending; readonly endedAt: number }> {
  const { seconds, stop, clock, onRows } = options;
  const end = new AbortController();
  let ended: { ending: Ending; endedAt: number } | undefined;
  const finish = (ending: Ending): void => {
    ended ??= { ending, endedAt: clock.now() };
    end.abort();
  };
  const onStop = (): void => finish("stopped");
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();
  const start = clock.now();
  let cancelSilence = clock.after(SILENCE_MS, () => finish("silence"));
  let cancelLimit = (): void => undefined;
  const endAt = (milliseconds: number, how: Ending): void => {
    cancelLimit();
    cancelLimit = clock.after(milliseconds - clock.now(), () => finish(how));
  };
  const latest = start + 1000 * (seconds ?? 0) + SILENCE_MS;
  if (seconds !== undefined) endAt(latest, "late");
  let { heard } = source;
  let first: SensorRow | undefined;
  try {
    await source.run(end.signal, () => {
      if (end.signal.aborted) return;
      if (source.heard !== heard) {
        heard = source.heard;
        cancelSilence();
        cancelSilence = clock.after(SILENCE_MS, () => finish("silence"));
      }
      if (seconds !== undefined && source.rows[0] !== first) {
        first = source.rows[0];
        const over = first!.milliseconds + 1000 * seconds;
        endAt(Math.min(over, latest), over <= latest ? "seconds" : "late");
      }
      onRows();
    });
  } finally {
    end.abort();
    cancelSilence();
    cancelLimit();
    stop.removeEventListener("abort", onStop);
  }
  return ended!;
}
