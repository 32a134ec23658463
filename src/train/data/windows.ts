import { Random } from "../../base/random.js";
import { type SplitOptions, shareOut } from "./shareOut.js";

/** Rows of a recording that follow each other without a gap. */
export interface Stretch {
  /** Number of the recording it is from. */
  readonly recording: number;
  /** [rows, channels] */
  readonly values: Float32Array;
  /** [rows] class numbers */
  readonly labels: Int32Array;
}

/** The stretches of each part. */
export interface StretchParts {
  readonly train: readonly Stretch[];
  readonly validation?: readonly Stretch[];
  readonly test?: readonly Stretch[];
}

/** How stretches are cut into windows: rows of one, and rows from one's start to the next one's. */
export interface Windows {
  readonly window: number;
  readonly step: number;
}

type Shares = Pick<SplitOptions, "test" | "validation" | "seed">;

/** First rows of the windows that fit into `rows` rows. */
export function windowStarts(rows: number, window: number, step: number): number[] {
  const count = Math.max(0, Math.floor((rows - window) / step) + 1);
  return Array.from({ length: count }, (_, index) => index * step);
}

/** The most frequent class; the lowest of equals. */
export function majority(labels: Int32Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].reduce((best, next) =>
    next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best,
  )[0];
}

/**
 * Cuts every recording in two or three: first what trains, then what validates, last what tests. Where windows do not
 * overlap, the cut falls between two of them, so that none is lost.
 */
export function cutAtTimes(
  stretches: readonly Stretch[],
  { test, validation, window, step }: Shares & Windows,
): StretchParts {
  const recordings = [...new Set(stretches.map(({ recording }) => recording))].map((wanted) =>
    stretches.filter(({ recording }) => recording === wanted),
  );
  const between = (from: number, to: number) =>
    recordings.flatMap((own) => {
      const cutAt = (share: number) =>
        step < window ? Math.round(share * rowCount(own)) : windowCut(own, share, { window, step });
      return takeRows(own, cutAt(from), cutAt(to));
    });
  const testFrom = 1 - (test ?? 0);
  const validationFrom = testFrom - (validation ?? 0);
  return {
    train: between(0, validationFrom),
    ...(validation !== undefined && { validation: between(validationFrom, testFrom) }),
    ...(test !== undefined && { test: between(testFrom, 1) }),
  };
}

const rowCount = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { labels }) => sum + labels.length, 0);

/** The row before which a share of a recording's windows ends. */
function windowCut(own: readonly Stretch[], share: number, { window, step }: Windows): number {
  let before = 0;
  const starts = own.flatMap(({ labels }) => {
    const first = before;
    before += labels.length;
    return windowStarts(labels.length, window, step).map((start) => first + start);
  });
  const wanted = Math.round(share * starts.length);
  return wanted === 0 ? 0 : (starts[wanted] ?? before);
}

/** The rows `from` to `to` of a recording, in the stretches they lie in. */
function takeRows(own: readonly Stretch[], from: number, to: number): Stretch[] {
  let before = 0;
  return own.flatMap(({ recording, values, labels }) => {
    const channels = values.length / labels.length;
    const [start, end] = [from, to].map((row) => Math.min(Math.max(row - before, 0), labels.length));
    before += labels.length;
    if (start >= end) return [];
    return [
      {
        recording,
        values: values.subarray(start * channels, end * channels),
        labels: labels.subarray(start, end),
      },
    ];
  });
}

/** Draws whole recordings at random, each class (a recording's most frequent) alike. */
export function drawRecordings(stretches: readonly Stretch[], shares: Shares): StretchParts {
  const recordings = [...new Set(stretches.map(({ recording }) => recording))];
  const classes = recordings.map((recording) => {
    const own = stretches.filter((stretch) => stretch.recording === recording);
    return majority(Int32Array.from(own.flatMap(({ labels }) => [...labels])));
  });
  const parts = shareOut(recordings.length, shares, new Random(shares.seed ?? 1), classes);
  const of = (chosen: Int32Array) => {
    const wanted = new Set(Array.from(chosen, (index) => recordings[index]));
    return stretches.filter(({ recording }) => wanted.has(recording));
  };
  return {
    train: of(parts.train),
    ...(parts.validation && { validation: of(parts.validation) }),
    ...(parts.test && { test: of(parts.test) }),
  };
}
