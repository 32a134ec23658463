import { UserError } from "../base/errors.js";
import { quantizationOf } from "../network/quantization.js";
import type { Quantization, Quantized, QuantizedTrees } from "../network/quantizedNetwork.js";
import { largestTreeSums } from "../network/treeTables.js";
import type { TreeEnsemble } from "../train/layers/treeEnsemble.js";
import type { ActivationFormat } from "./activationQuantization.js";
import type { ColumnRange, RealRange } from "./calibrate.js";
import { quantizeTensor } from "./quantizeTensor.js";
import { chooseRaw } from "./rawQuantization.js";

const [leastInt16, mostInt16] = [-(2 ** 15), 2 ** 15 - 1];

/** A step of int16 beyond the outermost thresholds, so that what lies there is still told apart. */
const reach = 1 + 2 ** -14;

/**
 * How the features of trees become int16: whole numbers as they are; others so that all that was seen, and all that they are
 * compared with, lies within int16.
 *
 * @param range of the input, with its columns
 */
export function chooseTreeInput(
  layer: TreeEnsemble,
  range: RealRange,
): Quantization | readonly Quantization[] {
  const { data } = layer.tensors.nodes;
  const columns = (range.columns ?? []).map((column): ColumnRange => ({ ...column }));
  const widen = (column: ColumnRange, threshold: number): ColumnRange => {
    const beyond = threshold * reach;
    return { ...column, min: Math.min(column.min, beyond), max: Math.max(column.max, beyond) };
  };
  for (let node = 0; node < data.length; node += 4) {
    const [feature, threshold] = [data[node], data[node + 1]];
    if (Number.isFinite(threshold)) columns[feature] = widen(columns[feature], threshold);
  }
  const [min, max] = [
    columns.reduce((least, column) => Math.min(least, column.min), 0),
    columns.reduce((most, column) => Math.max(most, column.max), 0),
  ];
  return chooseRaw({ ...range, min, max, columns }, [Number.POSITIVE_INFINITY], true);
}

/**
 * The step up to which a feature's integer is not above a threshold: the largest whose real value is not above it, moved so
 * far that the samples on both sides of the threshold, as they are rounded, stay on their sides. It may be one below int16.
 *
 * @param seen values of the feature, rising
 */
function thresholdStep(
  threshold: number,
  feature: Quantized,
  seen: Float64Array = new Float64Array(),
): number {
  if (!Number.isFinite(threshold)) return threshold > 0 ? mostInt16 : leastInt16 - 1;
  const { scale, zeroPoint } = quantizationOf(feature);
  const near = Math.floor(threshold / scale) + zeroPoint;
  const isUpTo = (step: number) => Math.fround(scale * (step - zeroPoint)) <= threshold;
  let step = isUpTo(near) ? (isUpTo(near + 1) ? near + 1 : near) : near - 1;
  const above = firstAbove(seen, threshold);
  const stepOf = (value: number) => quantizeTensor([value], { ...feature, elementType: "int16" })[0];
  if (above < seen.length) step = Math.min(step, stepOf(seen[above]) - 1);
  if (above > 0) step = Math.max(step, stepOf(seen[above - 1]));
  return Math.min(mostInt16, Math.max(leastInt16 - 1, step));
}

/** Index of the first value above a limit, of values that rise. */
function firstAbove(values: Float64Array, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Trees in integers. Comparisons come out as in real numbers: for every whole number where a feature's samples are whole, and
 * for every sample that does not become the same int16 as one beyond the threshold. Leaves are rounded to the finest fixed
 * point with which no sum leaves int32.
 *
 * @throws UserError where the trees do not take the network's input
 */
export function quantizeTrees(
  { name, tensors, isRanked }: TreeEnsemble,
  input: ActivationFormat,
  output: Quantized,
): Pick<QuantizedTrees, "nodes" | "roots" | "leaves" | "base" | "factor" | "isRanked"> {
  if (input.elementType !== "int16") {
    throw new UserError(`layer "${name}" has decision trees, which take the network's input only`);
  }
  const nodes = Int32Array.from(tensors.nodes.data);
  for (let node = 0; node < nodes.length; node += 4) {
    const feature = nodes[node];
    const format = { quantization: quantizationOf(input, feature) };
    const step = thresholdStep(tensors.nodes.data[node + 1], format, input.seen?.[feature]);
    nodes[node + 1] = Math.max(leastInt16, step);
    // not even int16's least value is up to it
    if (step < leastInt16) nodes[node + 2] = nodes[node + 3];
  }
  const { scale, zeroPoint } = quantizationOf(output);
  const roots = Int32Array.from(tensors.roots.data);
  const leaves = tensors.leaves.data;
  const base = Float64Array.from(tensors.base.data, (real) => real + scale * zeroPoint);
  const largest = largestTreeSums({ nodes, roots, leaves, base }) || scale;
  // rounding moves each leaf, and the base, by a half at most
  const unit = 2 ** Math.ceil(Math.log2(largest / (2 ** 31 - 2 - roots.length)));
  const round = (real: number) => Math.round(real / unit);
  return {
    ...{ nodes, roots, leaves: Int32Array.from(leaves, round), base: Int32Array.from(base, round) },
    ...{ factor: unit / scale, isRanked },
  };
}
