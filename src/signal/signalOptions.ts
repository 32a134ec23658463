import { UserError } from "../base/errors.js";
import { describe } from "../base/fields.js";
import { formatShape, type Shape } from "../base/tensor.js";
import { signalLimits } from "../network/readSignalBlock.js";
import {
  type BiquadsBlock,
  type DecimateBlock,
  decimatedSteps,
  type SpectrumBlock,
  type StatisticName,
  type StatisticsBlock,
  spectrumFrames,
  statisticNames,
} from "../network/signalBlocks.js";
import { butterworth } from "./butterworth.js";
import { logarithmTable, twiddleTable } from "./fftTables.js";
import { lowPassTaps } from "./lowPassTaps.js";

export interface StatisticsOptions {
  /** Bits of the RMS behind the point, 0 to 8: with 8 it reaches 127 steps of the samples, with 0 all. Default 0. */
  readonly fractionBits?: number;
}

export interface SpectrumOptions {
  /** Samples of a frame: a power of two, 16 to 2048. */
  readonly length: number;
  /** Part of a frame that the next one shares, 0 to below 1. Default 0.5. */
  readonly overlap?: number;
  /** Default "hann". */
  readonly window?: "hann" | "none";
  /** Of a band in all frames. Default "max". */
  readonly combine?: "max" | "mean";
  /** Equal bands that bins 1 to length / 2 are merged to, or their edges in bins, rising: [1, 4, 16]. Default each bin. */
  readonly bands?: number | readonly number[];
}

export interface BiquadsOptions {
  readonly type: "lowPass" | "highPass";
  /** Even, 2 to 16. Default 4. */
  readonly order?: number;
  /** Where the power is half: a part of the sample rate, 0.001 to 0.49; in Hz where `rate` is given. */
  readonly cutoff: number;
  /** Samples a second. Default 1. */
  readonly rate?: number;
}

export interface DecimateOptions {
  /** Of the low-pass filter. Default 8 · factor + 1. */
  readonly taps?: number;
}

/** @throws UserError "<layer>: <name> must be <expected>, found …" */
function fail(layer: string, name: string, expected: string, found: unknown): never {
  throw new UserError(`layer "${layer}": ${name} must be ${expected}, found ${describe(found)}`);
}

function expectWhole(layer: string, name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  return fail(layer, name, `a whole number from ${least} to ${most}`, value);
}

/** @throws UserError where a series is no [steps, axes], or too long */
function expectSeries(layer: string, shape: Shape, longest: number): { steps: number; axes: number } {
  const [steps = 0, axes = 0] = shape;
  const isRight = shape.length === 2 && steps >= 2 && steps <= longest && axes <= signalLimits.axes;
  if (isRight) return { steps, axes };
  throw new UserError(
    `layer "${layer}" takes [steps, axes] of int16, 2 to ${longest} steps and up to ${signalLimits.axes} axes; found ${formatShape(shape)}`,
    "a series of one axis is [steps, 1]",
  );
}

export function createStatistics(
  layer: string,
  shape: Shape,
  chosen: readonly StatisticName[],
  { fractionBits = 0 }: StatisticsOptions,
): StatisticsBlock {
  const series = expectSeries(layer, shape, signalLimits.statisticsSteps);
  const isRight = Array.isArray(chosen) && chosen.every((name) => statisticNames.includes(name));
  if (!isRight || chosen.length === 0 || new Set(chosen).size !== chosen.length) {
    throw new UserError(
      `layer "${layer}": statistics are names, each once, found ${describe(chosen)}`,
      `there are ${statisticNames.join(", ")}`,
    );
  }
  expectWhole(layer, "fractionBits", fractionBits, 0, signalLimits.fractionBits);
  return { kind: "statistics", ...series, chosen, fractionBits };
}

export function createSpectrum(layer: string, shape: Shape, options: SpectrumOptions): SpectrumBlock {
  const { length, overlap = 0.5, window = "hann", combine = "max", bands } = options;
  const { shortestFrame, longestFrame, frames } = signalLimits;
  const series = expectSeries(layer, shape, signalLimits.steps);
  const most = Math.min(longestFrame, series.steps);
  const isLength = Number.isInteger(Math.log2(length)) && length >= shortestFrame && length <= most;
  if (!isLength) fail(layer, "length", `a power of two from ${shortestFrame} to ${most}`, length);
  if (!(overlap >= 0 && overlap < 1)) fail(layer, "overlap", "a number from 0 to below 1", overlap);
  if (window !== "hann" && window !== "none") fail(layer, "window", '"hann" or "none"', window);
  if (combine !== "max" && combine !== "mean") fail(layer, "combine", '"max" or "mean"', combine);
  const block: SpectrumBlock = {
    ...{ kind: "spectrum", ...series, length, combine },
    hop: Math.max(1, Math.round(length * (1 - overlap))),
    window: window === "hann" ? hannTable(length) : undefined,
    edges: Int16Array.from(bandEdges(layer, length, bands)),
    twiddles: twiddleTable(length, length / 2),
    logarithms: logarithmTable(),
  };
  if (spectrumFrames(block) > frames) fail(layer, "overlap", `one of ${frames} frames at most`, overlap);
  return block;
}

/** Bins at which bands begin, and the one behind the last. */
function bandEdges(layer: string, length: number, bands: SpectrumOptions["bands"]): readonly number[] {
  const bins = length / 2;
  if (typeof bands === "number" || bands === undefined) {
    const count = expectWhole(layer, "bands", bands ?? bins, 1, bins);
    return Array.from({ length: count + 1 }, (_, band) => 1 + Math.round((band * bins) / count));
  }
  const isRising = bands.every(
    (edge, i) => Number.isInteger(edge) && edge >= (i === 0 ? 1 : bands[i - 1]! + 1),
  );
  if (bands.length < 2 || !isRising || bands.at(-1)! > bins + 1) {
    throw new UserError(
      `layer "${layer}": bands are bins that rise from 1 or more to ${bins + 1} at most, found [${bands.join(", ")}]`,
      "bin 1 is the rate / length, bin 0 is the mean, which is taken off",
    );
  }
  return bands;
}

/** A raised cosine in Q15 that is 0 where it begins and at the sample behind its end: int16 [length]. */
function hannTable(length: number): Int16Array {
  return Int16Array.from({ length }, (_, i) =>
    Math.round(32767 * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length))),
  );
}

export function createBiquads(layer: string, shape: Shape, options: BiquadsOptions): BiquadsBlock {
  const { type, order = 4, cutoff, rate = 1 } = options;
  const series = expectSeries(layer, shape, signalLimits.steps);
  if (type !== "lowPass" && type !== "highPass") fail(layer, "type", '"lowPass" or "highPass"', type);
  expectWhole(layer, "order", order, 2, 2 * signalLimits.sections);
  if (order % 2 === 1) fail(layer, "order", "even", order);
  const part = cutoff / rate;
  if (!(part >= 0.001 && part <= 0.49))
    fail(layer, "cutoff", `from ${0.001 * rate} to ${0.49 * rate}`, cutoff);
  return { kind: "biquads", ...series, type, coefficients: butterworth(type, order, part) };
}

export function createDecimate(
  layer: string,
  shape: Shape,
  factor: number,
  options: DecimateOptions,
): DecimateBlock {
  const series = expectSeries(layer, shape, signalLimits.steps);
  expectWhole(layer, "factor", factor, 2, signalLimits.factor);
  const taps = expectWhole(layer, "taps", options.taps ?? 8 * factor + 1, 1, signalLimits.taps);
  const block: DecimateBlock = { kind: "decimate", ...series, factor, weights: lowPassTaps(taps, factor) };
  if (decimatedSteps(block) >= 2) return block;
  throw new UserError(
    `layer "${layer}": ${series.steps} steps leave ${Math.max(0, decimatedSteps(block))} by ${factor} with ${taps} taps; 2 are needed`,
    "give it longer windows, or fewer taps",
  );
}
