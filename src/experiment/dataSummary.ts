import { type Shape, Tensor } from "../base/tensor.js";
import type { Dataset, ExperimentData, Skipped } from "../train/data/dataset.js";
import { allSamples } from "../train/data/dataset.js";
import type { Split } from "../train/data/splitSamples.js";

/** What a network is trained, validated and tested on, in numbers. */
export interface DataSummary {
  /** Of one sample. */
  readonly inputShape: Shape;
  /** By class number; "0", "1", … where they have no names, absent where targets are real values. */
  readonly classes?: readonly string[];
  readonly parts: readonly PartSummary[];
  readonly skipped?: Skipped;
}

export interface PartSummary {
  readonly part: "training" | "validation" | "test";
  readonly samples: number;
  /** Samples of each class, by class number. */
  readonly ofClasses?: readonly number[];
  /** Of targets that are real values. */
  readonly targets?: { readonly least: number; readonly largest: number };
}

/** Counts the samples of each part and class; what the experiment holds back from the training data is a part too. */
export function summarizeData(data: ExperimentData, { training, validation }: Split): DataSummary {
  const parts: (readonly [PartSummary["part"], Dataset, Int32Array])[] = [
    ["training", data.train, training],
    ...(validation ? [["validation", validation.data, validation.samples] as const] : []),
    ...(data.test ? [["test", data.test, allSamples(data.test)] as const] : []),
  ];
  const classes = classesOf(data);
  const { skipped } = data;
  return {
    inputShape: data.train.inputs.shape.slice(1),
    ...(classes && { classes }),
    parts: parts.map(([part, dataset, samples]) => summarizePart(part, dataset, samples, classes?.length)),
    ...(skipped && skipped.count > 0 && { skipped }),
  };
}

function classesOf({ train, validation, test }: ExperimentData): readonly string[] | undefined {
  const labels = [train, validation, test].flatMap((part) => (part ? [part.targets] : []));
  let count = train.classNames?.length ?? 0;
  for (const targets of labels) {
    if (targets instanceof Tensor) return undefined;
    for (const label of targets) count = Math.max(count, label + 1);
  }
  return Array.from({ length: count }, (_, label) => train.classNames?.[label] ?? String(label));
}

function summarizePart(
  part: PartSummary["part"],
  { targets }: Dataset,
  samples: Int32Array,
  classes: number | undefined,
): PartSummary {
  if (targets instanceof Tensor) {
    const size = targets.data.length / targets.shape[0];
    let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const sample of samples) {
      for (const value of targets.data.subarray(sample * size, (sample + 1) * size)) {
        least = Math.min(least, value);
        largest = Math.max(largest, value);
      }
    }
    return { part, samples: samples.length, targets: { least, largest } };
  }
  if (classes === undefined) return { part, samples: samples.length }; // another part has real values: refused later
  const ofClasses = new Array<number>(classes).fill(0);
  for (const sample of samples) ofClasses[targets[sample]] += 1;
  return { part, samples: samples.length, ofClasses };
}
