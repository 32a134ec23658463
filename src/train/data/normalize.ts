import { UserError } from "../../errors.js";
import type { ExperimentData } from "../../experiment.js";
import { elementCount, type FloatArray, Tensor } from "../../tensor.js";
import type { Dataset } from "../dataset.js";

/**
 * What was done to every input of the training data, as plain data: it belongs to the network, since whoever runs the
 * network has raw inputs.
 *
 *   normalized[e] = (raw[e] − offset[e mod n]) · scale[e mod n],   n = offset.length = scale.length
 *
 * where e counts the elements of a sample row-major; so n = 1 is one rule for all, n = size of the last axis one for
 * each channel (for flat samples: for each feature), n = elements of a sample one for each element.
 *
 * On the device, in fixed point: the raw input comes quantized, raw = s · (q − z). With the network's first scale s′ and
 * zero point z′ it takes q′ = clamp(z′ + requantize(q − z − offset/s, s · scale/s′)), offset/s rounded to whole steps, with
 * a factor for each of the n. n = 1 needs no arithmetic: the same bytes read as raw have the scale s′/scale and the zero
 * point z′ − offset · scale/s′, where that is whole. Folding it into a first dense layer (weights · scale,
 * bias − Σ weights · scale · offset) is exact too; into a padded convolution it is not: its padding is the normalized 0.
 */
export interface Normalization {
  readonly kind: "standardize" | "minMax";
  readonly offset: readonly number[];
  readonly scale: readonly number[];
}

export interface NormalizeOptions {
  /** What shares a statistic: "channel", the default, is the last axis (of flat samples: every feature). */
  readonly per?: "channel" | "element" | "all";
}

export interface MinMaxOptions extends NormalizeOptions {
  /** What the smallest and largest training value become; default [0, 1]. */
  readonly to?: readonly [low: number, high: number];
}

/**
 * Moves and scales inputs so that those of the training part have mean 0 and variance 1:
 * `standardize(csv("iris.csv", { label: "species", test: 0.2 }))`. What never changes becomes 0.
 *
 * @throws UserError when the data is normalized already
 */
export function standardize<Data extends Normalizable>(
  data: Data,
  options: NormalizeOptions = {},
): Normalized<Data> {
  const { inputs } = data.train;
  const groups = groupCount(inputs, options);
  const means = meansOf(inputs.data, groups, (value) => value);
  const variances = meansOf(inputs.data, groups, (value, group) => (value - means[group]) ** 2);
  return normalizeParts(data, {
    kind: "standardize",
    offset: means,
    scale: variances.map((variance) => (variance > 0 ? 1 / Math.sqrt(variance) : 1)),
  });
}

/**
 * Moves and scales inputs so that those of the training part reach from 0 to 1 (or `to`); others may lie outside.
 * What never changes becomes the low end.
 *
 * @throws UserError when the data is normalized already, or `to` is no range
 */
export function minMax<Data extends Normalizable>(data: Data, options: MinMaxOptions = {}): Normalized<Data> {
  const [low, high] = options.to ?? [0, 1];
  if (!(low < high)) throw new UserError(`minMax: to must be a range [low, high], found [${low}, ${high}]`);
  const { inputs } = data.train;
  const groups = groupCount(inputs, options);
  const smallest = new Array<number>(groups).fill(Number.POSITIVE_INFINITY);
  const largest = new Array<number>(groups).fill(Number.NEGATIVE_INFINITY);
  inputs.data.forEach((value, index) => {
    smallest[index % groups] = Math.min(smallest[index % groups], value);
    largest[index % groups] = Math.max(largest[index % groups], value);
  });
  const scale = smallest.map((least, group) =>
    largest[group] > least ? (high - low) / (largest[group] - least) : 1,
  );
  return normalizeParts(data, {
    kind: "minMax",
    offset: smallest.map((least, group) => least - low / scale[group]),
    scale,
  });
}

/** Applies a normalization to whole samples, in place. */
export function applyNormalization({ offset, scale }: Normalization, values: FloatArray): void {
  for (let index = 0; index < values.length; index++) {
    const group = index % offset.length;
    values[index] = (values[index] - offset[group]) * scale[group];
  }
}

type Normalizable = Pick<ExperimentData, "train" | "validation" | "test" | "normalization">;
type Normalized<Data extends Normalizable> = Data & { readonly normalization: Normalization };

function normalizeParts<Data extends Normalizable>(
  data: Data,
  normalization: Normalization,
): Normalized<Data> {
  if (data.normalization !== undefined) {
    throw new UserError(
      `the data is normalized already, by ${data.normalization.kind}`,
      "call standardize or minMax once",
    );
  }
  const normalize = (dataset: Dataset): Dataset => {
    const { shape, data: raw } = dataset.inputs;
    const values = raw.slice();
    applyNormalization(normalization, values);
    return { ...dataset, inputs: new Tensor(shape, values) };
  };
  return {
    ...data,
    train: normalize(data.train),
    ...(data.validation && { validation: normalize(data.validation) }),
    ...(data.test && { test: normalize(data.test) }),
    normalization,
  };
}

function groupCount({ shape }: Tensor, { per = "channel" }: NormalizeOptions): number {
  const sample = shape.slice(1);
  switch (per) {
    case "all":
      return 1;
    case "element":
      return elementCount(sample);
    case "channel":
      return sample.at(-1) ?? 1;
    default:
      throw new UserError(`per must be "channel", "element" or "all", found ${JSON.stringify(per)}`);
  }
}

/** Means over each group, summed as 64-bit reals whatever the data's type. */
function meansOf(values: FloatArray, groups: number, of: (value: number, group: number) => number): number[] {
  const sums = new Array<number>(groups).fill(0);
  for (let index = 0; index < values.length; index++) {
    const group = index % groups;
    sums[group] += of(values[index], group);
  }
  return sums.map((sum) => sum / (values.length / groups));
}
