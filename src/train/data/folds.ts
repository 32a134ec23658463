import { UserError } from "../../base/errors.js";
import { Random } from "../../base/random.js";
import { Tensor } from "../../base/tensor.js";
import { type Dataset, type SampleWindows, sampleCount } from "./dataset.js";
import { majority } from "./windows.js";

/** One way to hold samples back: those that judge, and those that train. */
export interface Fold {
  readonly training: Int32Array;
  readonly held: Int32Array;
}

export interface Folds {
  readonly folds: readonly Fold[];
  /** What is held back as one: a sample, a whole recording, or a stretch of each recording. */
  readonly unit: "sample" | "recording" | "stretch";
}

/** Samples that are held back together. */
interface Group {
  readonly samples: readonly number[];
  readonly classNumber: number;
}

/**
 * Divides samples into folds, each of which is held back once: the same seed gives the same folds. Classes are alike in
 * each. Windows of a recording stay together; where there are fewer recordings than folds, each recording is cut in
 * time, and windows that reach into what is held back do not train.
 *
 * @throws UserError when a fold would be empty or leave nothing to train
 */
export function foldSamples(data: Dataset, count: number, seed: number): Folds {
  const samples = sampleCount(data);
  if (count > samples) {
    throw new UserError(`${count} folds need ${count} samples, found ${samples}`, "give a lower --folds");
  }
  const classes = data.targets instanceof Tensor ? undefined : data.targets;
  const classOf = (group: readonly number[]): number =>
    classes === undefined ? 0 : majority(Int32Array.from(group, (sample) => classes[sample]));
  const { windows } = data;
  const recordings = windows && groupBy(samples, (sample) => windows.recordings[sample]);
  if (windows !== undefined && recordings!.length < count) {
    return { folds: cutInTime(windows, recordings!, count), unit: "stretch" };
  }
  const groups = recordings ?? Array.from({ length: samples }, (_, sample) => [sample]);
  const foldOf = deal(
    groups.map((group) => ({ samples: group, classNumber: classOf(group) })),
    count,
    samples,
    new Random(seed),
  );
  const every = Int32Array.from(foldOf.keys());
  const folds = Array.from({ length: count }, (_, fold) => ({
    training: every.filter((sample) => foldOf[sample] !== fold),
    held: every.filter((sample) => foldOf[sample] === fold),
  }));
  return { folds, unit: windows === undefined ? "sample" : "recording" };
}

function groupBy(samples: number, keyOf: (sample: number) => number): number[][] {
  const groups = new Map<number, number[]>();
  for (let sample = 0; sample < samples; sample++) {
    const key = keyOf(sample);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()];
}

/** Each group, the largest first, to the fold with the fewest samples of its class, and of these to the smallest. */
function deal(groups: readonly Group[], count: number, samples: number, random: Random): Int32Array {
  const foldOf = new Int32Array(samples);
  const sizes = new Array<number>(count).fill(0);
  const ofClass = new Map<number, number[]>();
  const shuffled = Array.from(random.permutation(groups.length), (index) => groups[index]!);
  for (const { samples: group, classNumber } of shuffled.sort(
    (a, b) => b.samples.length - a.samples.length,
  )) {
    const own = ofClass.get(classNumber) ?? new Array<number>(count).fill(0);
    ofClass.set(classNumber, own);
    let fold = 0;
    for (let other = 1; other < count; other++) {
      const difference = own[other]! - own[fold]! || sizes[other]! - sizes[fold]!;
      if (difference < 0) fold = other;
    }
    for (const sample of group) foldOf[sample] = fold;
    own[fold]! += group.length;
    sizes[fold]! += group.length;
  }
  return foldOf;
}

/** A stretch of every recording is held back, the first, the second, …; no row is on both sides. */
function cutInTime(
  { recordings, starts, rows }: SampleWindows,
  groups: readonly (readonly number[])[],
  count: number,
): Fold[] {
  return Array.from({ length: count }, (_, fold) => {
    const training: number[] = [];
    const held: number[] = [];
    for (const group of groups) {
      const order = [...group].sort((a, b) => starts[a]! - starts[b]!);
      const cut = (share: number) => Math.round((order.length * share) / count);
      const own = order.slice(cut(fold), cut(fold + 1));
      held.push(...own);
      const [first, last] = [own.at(0), own.at(-1)];
      const isApart = (sample: number) =>
        first === undefined ||
        starts[sample]! + rows <= starts[first]! ||
        starts[sample]! >= starts[last!]! + rows;
      training.push(...order.filter(isApart));
    }
    if (held.length === 0 || training.length === 0) {
      throw new UserError(
        `${recordings.length} windows of ${groups.length} recordings are too few for ${count} folds`,
        "give a lower --folds, more recordings or a smaller window",
      );
    }
    return { training: Int32Array.from(training).sort(), held: Int32Array.from(held).sort() };
  });
}
