import { UserError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import type { SampleWindows } from "./dataset.js";
import { type Parts, type SplitOptions, shareOut } from "./shareOut.js";
import { majority } from "./windows.js";

type Shares = Pick<SplitOptions, "test" | "validation">;

/** Do two samples have a row in common? Then no sample may be drawn apart from its neighbours. */
export function doOverlap({ recordings, starts, rows }: SampleWindows): boolean {
  const order = inTime({ recordings, starts });
  return order.some((sample, index) => {
    const next = order[index + 1];
    return recordings[next] === recordings[sample] && starts[next] - starts[sample] < rows;
  });
}

/**
 * Shares out windows that overlap, so that no row is in two parts: the end of every recording is held back, and windows
 * that reach across the cut are in no part; or whole recordings, drawn at random. The data say which they were held
 * back by themselves; the other is taken where that leaves less than half of what is wanted.
 *
 * @param classes of the samples, to draw recordings of each alike
 * @throws UserError where neither holds enough back
 */
export function shareOutWindows(
  windows: SampleWindows,
  shares: Shares,
  random: Random,
  classes?: ArrayLike<number>,
): Parts {
  const byTime = () => cutInTime(windows, shares);
  const byRecording = () => drawWhole(windows, shares, random, classes);
  for (const attempt of windows.splitBy === "time" ? [byTime, byRecording] : [byRecording, byTime]) {
    const parts = attempt();
    if (parts !== undefined && holdsEnough(parts, shares, windows.starts.length)) return parts;
  }
  const wanted = [shares.validation, shares.test].filter((share) => share !== undefined).join(" and ");
  throw new UserError(
    `${windows.starts.length} overlapping windows of ${new Set(windows.recordings).size} recordings cannot be shared out with ${wanted} held back: every row must be in one part only`,
    "give recordings(…, { validation: … }), more recordings, a smaller window or another share",
  );
}

/** Samples by recording and row. */
function inTime({ recordings, starts }: Pick<SampleWindows, "recordings" | "starts">): Int32Array {
  const order = Int32Array.from(starts, (_, sample) => sample);
  return order.sort((a, b) => recordings[a] - recordings[b] || starts[a] - starts[b]);
}

function cutInTime({ recordings, starts, rows }: SampleWindows, { test = 0, validation = 0 }: Shares): Parts {
  const parts: { train: number[]; validation: number[]; test: number[] } = {
    train: [],
    validation: [],
    test: [],
  };
  const order = inTime({ recordings, starts });
  for (let first = 0; first < order.length; ) {
    let end = first;
    while (end < order.length && recordings[order[end]] === recordings[order[first]]) end++;
    const own = order.subarray(first, end);
    const cut = (share: number) => Math.round(own.length * share);
    const [validationFrom, testFrom] = [cut(1 - test - validation), cut(1 - test)];
    const rowAt = (index: number) => (index < own.length ? starts[own[index]] : Number.POSITIVE_INFINITY);
    own.forEach((sample, index) => {
      const part = index < validationFrom ? "train" : index < testFrom ? "validation" : "test";
      const limit =
        part === "train"
          ? rowAt(validationFrom)
          : part === "validation"
            ? rowAt(testFrom)
            : rowAt(own.length);
      if (starts[sample] + rows <= limit) parts[part].push(sample);
    });
    first = end;
  }
  const ascending = (samples: number[]) => Int32Array.from(samples).sort();
  return {
    train: ascending(parts.train),
    ...(validation > 0 && { validation: ascending(parts.validation) }),
    ...(test > 0 && { test: ascending(parts.test) }),
  };
}

/** Undefined where there are too few recordings. */
function drawWhole(
  { recordings }: SampleWindows,
  shares: Shares,
  random: Random,
  classes: ArrayLike<number> | undefined,
): Parts | undefined {
  const distinct = [...new Set(recordings)].sort((a, b) => a - b);
  const classOf = (recording: number) =>
    majority(Int32Array.from(classes!).filter((_, sample) => recordings[sample] === recording));
  let drawn: Parts;
  try {
    drawn = shareOut(distinct.length, shares, random, classes && distinct.map(classOf));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const samplesOf = (chosen: Int32Array) => {
    const wanted = new Set(Array.from(chosen, (index) => distinct[index]));
    return Int32Array.from(recordings.keys()).filter((sample) => wanted.has(recordings[sample]));
  };
  return {
    train: samplesOf(drawn.train),
    ...(drawn.validation && { validation: samplesOf(drawn.validation) }),
    ...(drawn.test && { test: samplesOf(drawn.test) }),
  };
}

function holdsEnough(parts: Parts, { test, validation }: Shares, count: number): boolean {
  const isEnough = (samples: Int32Array | undefined, share: number | undefined) =>
    share === undefined ||
    (samples !== undefined && samples.length > 0 && samples.length >= (share * count) / 2);
  return parts.train.length > 0 && isEnough(parts.validation, validation) && isEnough(parts.test, test);
}
