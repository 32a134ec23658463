import { Tensor } from "../base/tensor.js";
import type { Targets } from "../train/data/dataset.js";
import type { Network } from "../train/network/network.js";

/** How many deviations, and units, from 0 targets must lie before a network starts at them. */
const farFromZero = 4;

/**
 * Lets a last dense layer start at the middle of targets that are far from 0, as kelvins are: its bias begins there.
 * Otherwise all layers learn to carry the distance, and hidden values far from 0 leave int8 few steps for what changes.
 * Targets near 0 change nothing.
 */
export function startAtTargets(network: Network, targets: Targets): void {
  const last = network.layers.at(-1);
  if (last?.kind !== "dense" || !(targets instanceof Tensor)) return;
  const bias = last.parameters[1]?.value;
  const size = network.outputShape.at(-1) ?? 1;
  if (bias === undefined || bias.data.length !== size || targets.shape.at(-1) !== size) return;
  for (let o = 0; o < size; o++) {
    const { mean, deviation } = momentsOf(targets.data, o, size);
    if (Math.abs(mean) > farFromZero * Math.max(1, deviation)) bias.data[o] += mean;
  }
}

function momentsOf(
  values: ArrayLike<number>,
  first: number,
  step: number,
): { mean: number; deviation: number } {
  let [sum, squares, count] = [0, 0, 0];
  for (let i = first; i < values.length; i += step, count++) sum += values[i];
  const mean = sum / Math.max(1, count);
  for (let i = first; i < values.length; i += step) squares += (values[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / Math.max(1, count)) };
}
