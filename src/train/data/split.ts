import { Random } from "../../base/random.js";
import { elementCount, type FloatArray, Tensor } from "../../base/tensor.js";
import type { ExperimentData } from "./dataset.js";
import { type Dataset, sampleCount, type Targets } from "./dataset.js";

import { expectShares, type SplitOptions, shareOut } from "./shareOut.js";
import { doOverlap, shareOutWindows } from "./splitWindows.js";

/**
 * Shares out samples at random: the same seed gives the same parts. Each part keeps the order of the samples. Windows
 * that overlap are shared out so that no row of a recording is in two parts.
 *
 * @throws UserError when a share is not above 0 and below 1, or leaves a part without samples
 */
export function split(data: Dataset, options: SplitOptions): ExperimentData {
  const { stratified = true, seed = 1, test, validation } = options;
  if (test === undefined && validation === undefined) return { train: data };
  const groups = stratified && !(data.targets instanceof Tensor) ? data.targets : undefined;
  const random = new Random(seed);
  expectShares({ test, validation });
  const parts =
    data.windows !== undefined && doOverlap(data.windows)
      ? shareOutWindows(data.windows, options, random, groups)
      : shareOut(sampleCount(data), options, random, groups);
  return {
    train: takeSamples(data, parts.train),
    ...(parts.validation && { validation: takeSamples(data, parts.validation) }),
    ...(parts.test && { test: takeSamples(data, parts.test) }),
  };
}

/** Copies of the chosen samples. */
export function takeSamples(data: Dataset, chosen: Int32Array): Dataset {
  const { weights, windows } = data;
  return {
    ...data,
    inputs: takeRows(data.inputs, chosen),
    targets: takeTargets(data.targets, chosen),
    ...(weights && { weights: Float64Array.from(chosen, (sample) => weights[sample]) }),
    ...(windows && {
      windows: {
        ...windows,
        recordings: chosen.map((sample) => windows.recordings[sample]),
        starts: chosen.map((sample) => windows.starts[sample]),
      },
    }),
  };
}

function takeTargets(targets: Targets, chosen: Int32Array): Targets {
  if (targets instanceof Tensor) return takeRows(targets, chosen);
  return targets instanceof Uint8Array
    ? Uint8Array.from(chosen, (sample) => targets[sample])
    : chosen.map((sample) => targets[sample]);
}

function takeRows({ shape, data, dtype }: Tensor, chosen: Int32Array): Tensor {
  const size = elementCount(shape.slice(1));
  const taken = Tensor.zeros([chosen.length, ...shape.slice(1)], dtype);
  const rows: FloatArray = taken.data;
  chosen.forEach((sample, row) => {
    rows.set(data.subarray(sample * size, (sample + 1) * size), row * size);
  });
  return taken;
}
