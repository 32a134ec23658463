import { UserError } from "../base/errors.js";
import type { DType, Tensor } from "../base/tensor.js";
import { forEachBatch } from "../train/fitting/forwardSamples.js";
import type { Network } from "../train/network/network.js";

/**
 * How the range of an activation is chosen from what the calibration samples show: all of it; what lies within a
 * percentile; or the range with the smallest mean squared error of quantization.
 */
export type CalibrationMethod =
  | { readonly kind: "minMax" }
  /** `keep` per cent of the values lie inside the range; what is cut is shared between the two ends. */
  | { readonly kind: "percentile"; readonly keep: number }
  | { readonly kind: "meanSquaredError" };

/** Real values from min to max; contains 0, so that 0 is exact. */
export interface RealRange {
  readonly min: number;
  readonly max: number;
  /** All values seen are integers; told of a network's input only. */
  readonly areIntegers?: boolean;
  /** By index of the last axis; told of an input of raw measurements only. */
  readonly columns?: readonly ColumnRange[];
  /** The values' own ends where they do not reach 0; told of a network's output only. */
  readonly away?: { readonly min: number; readonly max: number };
  /** The largest magnitudes of its cells and, over all steps, of its outputs; told of an LSTM only. */
  readonly memory?: { readonly cell: number; readonly output: number };
}

/** What one column's values are: from `min` to `max`, which need not contain 0. */
export interface ColumnRange {
  readonly min: number;
  readonly max: number;
  readonly areIntegers: boolean;
  /** Rising; told where they are compared with thresholds. */
  readonly values?: Float64Array;
}

const binCount = 2048;

/** How often values fall into equal bins between the smallest and the largest one. */
class Histogram {
  readonly counts = new Float64Array(binCount);
  private total = 0;

  constructor(private readonly range: RealRange) {}

  add(values: ArrayLike<number>): void {
    const { min, max } = this.range;
    const binsPerUnit = binCount / (max - min);
    for (let i = 0; i < values.length; i++) {
      this.counts[Math.min(binCount - 1, Math.floor((values[i]! - min) * binsPerUnit))]!++;
    }
    this.total += values.length;
  }

  /** The middle of a bin. */
  private centre(bin: number): number {
    const { min, max } = this.range;
    return min + ((bin + 0.5) * (max - min)) / binCount;
  }

  /** The range without the outermost values: `cut` of all at each end that is not 0. */
  within(keepPercent: number): RealRange {
    const { min, max } = this.range;
    const ends = Number(min < 0) + Number(max > 0);
    const cut = (this.total * (100 - keepPercent)) / 100 / Math.max(1, ends);
    const skip = (bins: Iterable<number>): number => {
      let sum = 0;
      for (const bin of bins) {
        sum += this.counts[bin]!;
        if (sum > cut) return bin;
      }
      return 0;
    };
    const indices = [...this.counts.keys()];
    const width = (max - min) / binCount;
    return {
      min: min < 0 ? Math.min(0, min + skip(indices) * width) : min,
      max: max > 0 ? Math.max(0, min + (skip(indices.reverse()) + 1) * width) : max,
    };
  }

  /** Σ (value − its nearest representable value)² when the range is quantized to 256 steps. */
  private squaredError({ min, max }: RealRange): number {
    const scale = (max - min) / 255;
    let error = 0;
    for (const [bin, count] of this.counts.entries()) {
      if (count === 0) continue;
      const value = this.centre(bin);
      const nearest = min + Math.round((Math.min(max, Math.max(min, value)) - min) / scale) * scale;
      error += count * (value - nearest) ** 2;
    }
    return error;
  }

  /** The range, shrunk in steps of one per cent towards 0, with the smallest squared error. */
  withSmallestError(): RealRange {
    let best = this.range;
    let bestError = this.squaredError(best);
    for (let percent = 99; percent >= 20; percent--) {
      const candidate = { min: (this.range.min * percent) / 100, max: (this.range.max * percent) / 100 };
      const error = this.squaredError(candidate);
      if (error < bestError) [best, bestError] = [candidate, error];
    }
    return best;
  }
}

/**
 * Ranges of the network's input (first) and of each layer's output over calibration samples.
 *
 * @param samples [samples, ...network.inputShape]
 * @param inputs all that is known of what the network will be given, which bounds its input: with "minMax", and where
 *   a layer normalizes measurements as they come. Default: the samples
 * @throws UserError when there are no samples, or an activation is not finite
 */
export function calibrate(
  network: Network,
  samples: Tensor,
  method: CalibrationMethod,
  inputs: Tensor = samples,
): RealRange[] {
  if (samples.shape[0] === 0) {
    throw new UserError("calibration needs at least one sample, found 0", "give data in the experiment");
  }
  const names = ["the input", ...network.layers.map((layer) => `layer "${layer.name}"`)];
  const ranges: { min: number; max: number; memory?: NonNullable<RealRange["memory"]> }[] = names.map(() => ({
    min: 0,
    max: 0,
  }));
  forEachBatch(network, samples, (activations) => {
    for (const [index, { data }] of activations.entries()) {
      const range = ranges[index]!;
      for (let i = 0; i < data.length; i++) {
        const value = data[i]!;
        if (value < range.min) range.min = value;
        if (value > range.max) range.max = value;
        if (!Number.isFinite(value)) {
          throw new UserError(
            `calibration: ${names[index]} gives ${value}`,
            "train with a lower learning rate",
          );
        }
      }
    }
    for (const [index, layer] of network.layers.entries()) {
      if (layer.kind !== "lstm") continue;
      const range = ranges[index + 1]!;
      const { cell = 0, output = 0 } = range.memory ?? {};
      const { largest } = layer;
      range.memory = { cell: Math.max(cell, largest.cell), output: Math.max(output, largest.output) };
    }
  });
  const { columns = [], ...range } = rangeOf(inputs, network.dtype);
  const told = network.layers[0]?.kind === "treeEnsemble" ? columns.map(withValues(inputs)) : columns;
  const whole: RealRange = { ...range, ...(isMeasuredRaw(network) && { columns: told }) };
  const away = awayFromZero(network, samples);
  const toldMore = (range: RealRange, index: number): RealRange => {
    const { memory } = ranges[index]!;
    return {
      ...range,
      ...(memory && { memory }),
      ...(index === network.layers.length && away && { away }),
    };
  };
  if (method.kind === "minMax") return [whole, ...ranges.slice(1)].map(toldMore);
  const histograms = ranges.map((range) => new Histogram(range));
  forEachBatch(network, samples, (activations) => {
    for (const [index, { data }] of activations.entries()) {
      if (ranges[index]!.max > ranges[index]!.min) histograms[index]!.add(data);
    }
  });
  const { areIntegers } = whole;
  const chosen = histograms.map((histogram, index): RealRange => {
    if (index === 0 && isMeasuredRaw(network)) return whole;
    if (ranges[index]!.max === ranges[index]!.min) return ranges[index]!;
    const range =
      method.kind === "percentile" ? histogram.within(method.keep) : histogram.withSmallestError();
    return index === 0 && areIntegers ? { ...range, areIntegers } : range;
  });
  return chosen.map(toldMore);
}

/** A column with the values that samples have there. */
const withValues =
  ({ data }: Tensor) =>
  (range: ColumnRange, column: number, { length }: readonly ColumnRange[]): ColumnRange => ({
    ...range,
    values: Float64Array.from(
      { length: data.length / length },
      (_, row) => data[row * length + column],
    ).sort(),
  });

/** The ends of the outputs over samples; undefined where they reach 0. */
function awayFromZero(network: Network, samples: Tensor): RealRange["away"] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  forEachBatch(network, samples, (activations) => {
    for (const value of activations.at(-1)!.data) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  });
  return min > 0 || max < 0 ? { min, max } : undefined;
}

/** @param dtype what the network takes them as */
function rangeOf({ data, shape }: Tensor, dtype: DType): RealRange {
  const size = shape.length > 1 ? shape.at(-1)! : 1;
  const columns = Array.from({ length: size }, () => ({
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    areIntegers: true,
  }));
  for (let i = 0; i < data.length; i++) {
    const value = dtype === "float32" ? Math.fround(data[i]) : data[i];
    const column = columns[i % size];
    if (value < column.min) column.min = value;
    if (value > column.max) column.max = value;
    if (!Number.isInteger(value)) column.areIntegers = false;
    if (!Number.isFinite(value))
      throw new UserError(`calibration: the input gives ${value}`, "mend the data");
  }
  const areIntegers = columns.every((column) => column.areIntegers);
  const min = columns.reduce((least, column) => Math.min(least, column.min), 0);
  const max = columns.reduce((most, column) => Math.max(most, column.max), 0);
  return { min, max, ...(areIntegers && { areIntegers }), columns };
}

/** Kinds of layers that take int16. */
export const rawKinds: ReadonlySet<string> = new Set([
  "audioFeatures",
  "biquads",
  "decimate",
  "normalization",
  "spectrum",
  "statistics",
  "treeEnsemble",
]);

/** Does a layer normalize or compare what the network is given? Then it is given measurements in their own unit. */
function isMeasuredRaw({ layers, connections }: Network): boolean {
  return layers.some(({ kind }, index) => rawKinds.has(kind) && connections[index][0] === 0);
}
