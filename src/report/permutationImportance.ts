import { Random } from "../base/random.js";
import { elementCount, Tensor } from "../base/tensor.js";
import { type Dataset, sampleCount, type Targets } from "../train/data/dataset.js";
import { evaluate } from "../train/fitting/evaluate.js";
import type { Loss } from "../train/losses/loss.js";
import type { Network } from "../train/network/network.js";

/** Inputs that are shuffled together: one, or the pixels of a block of an image. */
export type InputGroup = readonly number[];

export interface Importance {
  /** Mean growth of the loss when the group's values are dealt out anew among the samples; about 0 when unused. */
  readonly mean: number;
  /** Standard deviation over the repeats. */
  readonly deviation: number;
}

export interface PermutationImportance {
  /** One for each group. */
  readonly groups: readonly Importance[];
  /** Of the data as it is. */
  readonly loss: number;
  readonly samples: number;
  readonly repeats: number;
}

export interface PermutationOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Multiply-accumulates that may be spent; default 4e9, some seconds. Decides how many samples and repeats. */
  readonly budget?: number;
}

const defaultBudget = 4e9;
const maxRepeats = 30;
/** Fewer tell nothing. */
const leastSamples = 50;

/**
 * How much a network's loss grows when one group of inputs is shuffled among the samples while everything else stays:
 * what the network would lose without knowing it. The same seed gives the same numbers.
 *
 * Source: Breiman 2001, Machine Learning 45, §10; Fisher, Rudin and Dominici 2019, JMLR 20(177), §3, as difference.
 *
 * @returns undefined when the budget is too small for the least that says something
 */
export function permutationImportance(
  network: Network,
  dataset: Dataset,
  loss: Loss,
  groups: readonly InputGroup[],
  { seed = 1, budget = defaultBudget }: PermutationOptions = {},
): PermutationImportance | undefined {
  const random = new Random(seed);
  const all = sampleCount(dataset);
  const passes = Math.floor(budget / (groups.length * Math.max(1, network.macs)));
  const samples = Math.min(all, passes);
  if (samples < Math.min(all, leastSamples)) return undefined;
  const repeats = Math.min(maxRepeats, Math.floor(passes / samples));
  const chosen = random.permutation(all).slice(0, samples).sort();
  const base = takeSamples(dataset, chosen);
  const baseLoss = evaluate(network, base, loss).loss;
  const size = elementCount(network.inputShape);
  const shuffled = { ...base, inputs: new Tensor(base.inputs.shape, base.inputs.data.slice()) };
  const growth = groups.map(() => [] as number[]);
  for (let repeat = 0; repeat < repeats; repeat++) {
    groups.forEach((group, index) => {
      const order = random.permutation(samples);
      const isChanged = dealOut(base.inputs, shuffled.inputs, group, order, size);
      growth[index].push(isChanged ? evaluate(network, shuffled, loss).loss - baseLoss : 0);
      restore(base.inputs, shuffled.inputs, group, size);
    });
  }
  return { groups: growth.map(summarize), loss: baseLoss, samples, repeats };
}

/** @returns false when every sample kept its values, as inputs that are equal everywhere do */
function dealOut(from: Tensor, to: Tensor, group: InputGroup, order: Int32Array, size: number): boolean {
  let isChanged = false;
  order.forEach((other, sample) => {
    for (const input of group) {
      const value = from.data[other * size + input];
      if (value !== from.data[sample * size + input]) isChanged = true;
      to.data[sample * size + input] = value;
    }
  });
  return isChanged;
}

function restore(from: Tensor, to: Tensor, group: InputGroup, size: number): void {
  for (let start = 0; start < from.data.length; start += size) {
    for (const input of group) to.data[start + input] = from.data[start + input];
  }
}

function summarize(values: readonly number[]): Importance {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

/** The chosen samples as data of their own. */
export function takeSamples(dataset: Dataset, chosen: Int32Array): Dataset {
  const { inputs, targets, weights } = dataset;
  return {
    inputs: takeRows(inputs, chosen),
    targets: takeTargets(targets, chosen),
    ...(weights && { weights: Float64Array.from(chosen, (sample) => weights[sample]) }),
  };
}

function takeTargets(targets: Targets, chosen: Int32Array): Targets {
  return targets instanceof Tensor
    ? takeRows(targets, chosen)
    : Int32Array.from(chosen, (sample) => targets[sample]);
}

function takeRows({ shape, data, dtype }: Tensor, chosen: Int32Array): Tensor {
  const size = elementCount(shape.slice(1));
  const rows = Tensor.zeros([chosen.length, ...shape.slice(1)], dtype);
  chosen.forEach((sample, row) => {
    rows.data.set(data.subarray(sample * size, (sample + 1) * size), row * size);
  });
  return rows;
}
