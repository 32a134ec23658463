import { type Shape, Tensor } from "../tensor.js";
import { type Dataset, sampleCount, type Targets } from "../train/dataset.js";
import { argMax } from "../train/metrics.js";

/** How often samples of each class (row) were taken for each class (column). */
export interface Confusion {
  /** [class][taken for] */
  readonly counts: readonly (readonly number[])[];
  readonly samples: number;
}

/** Where one output parts two classes, and what its targets are. */
const halfway = { zeroOne: 0.5, plusMinusOne: 0 } as const;

/**
 * The classes that targets stand for: class numbers as they are; of several outputs the largest; of one output
 * 0 and 1, or −1 and 1. Undefined when targets are real values, which have no classes.
 */
export function classesOf(targets: Targets, outputs: number): Int32Array | undefined {
  if (!(targets instanceof Tensor)) return Int32Array.from(targets);
  const { data } = targets;
  if (outputs === 1) {
    const threshold = thresholdOf(targets);
    return threshold === undefined ? undefined : Int32Array.from(data, (value) => Number(value > threshold));
  }
  const samples = targets.shape[0];
  const classes = new Int32Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const row = data.subarray(sample * outputs, (sample + 1) * outputs);
    const ones = row.filter((value) => value === 1).length;
    if (ones !== 1 || row.filter((value) => value === 0).length !== outputs - 1) return undefined;
    classes[sample] = argMax(row, 0, outputs);
  }
  return classes;
}

/** Between the two values that a single output's targets have; undefined when they are not 0 and 1, or −1 and 1. */
export function thresholdOf(targets: Targets): number | undefined {
  if (!(targets instanceof Tensor)) return halfway.zeroOne;
  if (targets.data.every((value) => value === 0 || value === 1)) return halfway.zeroOne;
  if (targets.data.every((value) => value === -1 || value === 1)) return halfway.plusMinusOne;
  return undefined;
}

/**
 * Counts what a network takes samples for: the largest output, or the side of the threshold when there is one.
 *
 * @param outputs [samples, ...outputShape]
 * @returns undefined when the targets are real values
 */
export function countConfusion(outputs: Tensor, { inputs, targets }: Dataset): Confusion | undefined {
  const samples = sampleCount({ inputs, targets });
  const width = outputs.data.length / samples;
  const classes = classesOf(targets, width);
  if (classes === undefined) return undefined;
  const threshold = thresholdOf(targets) ?? halfway.zeroOne;
  const count = Math.max(2, width);
  const counts = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let sample = 0; sample < samples; sample++) {
    const taken =
      width === 1 ? Number(outputs.data[sample] >= threshold) : argMax(outputs.data, sample * width, width);
    counts[classes[sample]][taken]++;
  }
  return { counts, samples };
}

/** Runs a network over all samples in pieces, so that large data needs little memory. */
export function predictAll(
  network: { readonly outputShape: Shape; forward(input: Tensor): Tensor },
  inputs: Tensor,
): Tensor {
  const [samples, ...shape] = inputs.shape;
  const size = inputs.data.length / samples;
  const pieces: Tensor[] = [];
  for (let start = 0; start < samples; start += piece) {
    const end = Math.min(samples, start + piece);
    const input = new Tensor([end - start, ...shape], inputs.data.subarray(start * size, end * size));
    pieces.push(network.forward(input));
  }
  const all = Tensor.zeros([samples, ...network.outputShape], pieces[0].dtype);
  let position = 0;
  for (const { data } of pieces) {
    all.data.set(data, position);
    position += data.length;
  }
  return all;
}

const piece = 256;
