import type { Random } from "../../base/random.js";
import type { FloatArray, Shape } from "../../base/tensor.js";
import { type Augment, expectAmount, expectSampleShape, symmetricInteger } from "./augment.js";

export interface SeriesAugmentOptions {
  /** [time, channels] of samples that are flat; default: the sample's own shape. */
  readonly shape?: Shape;
}

const axes = ["time", "channels"];

/** Adds normal noise of this standard deviation to every element; in the units the network gets. */
export function seriesJitter(deviation: number): Augment {
  expectAmount("seriesJitter: deviation", deviation);
  return (sample, random) => {
    for (let index = 0; index < sample.length; index++) sample[index] += deviation * random.normal();
  };
}

/** Multiplies each channel by a factor of its own, normal about 1 with this standard deviation. */
export function seriesScale(deviation: number, { shape: given }: SeriesAugmentOptions = {}): Augment {
  expectAmount("seriesScale: deviation", deviation);
  return (sample, random, shape) => {
    const [, channels] = expectSampleShape("seriesScale", axes, shape, given);
    const factors = Array.from({ length: channels }, () => 1 + deviation * random.normal());
    for (let index = 0; index < sample.length; index++) sample[index] *= factors[index % channels];
  };
}

/** Moves a series in time by up to `steps` either way; what comes in repeats the end. */
export function seriesShift(steps: number, { shape: given }: SeriesAugmentOptions = {}): Augment {
  expectAmount("seriesShift: steps", steps, true);
  return (sample, random, shape) => {
    const size = expectSampleShape("seriesShift", axes, shape, given);
    const shift = symmetricInteger(random, steps);
    mapTimes(sample, size, (time) => time - shift);
  };
}

const warpKnots = 4;

/**
 * Runs time now faster, now slower, from the same start to the same end: speeds at five moments are normal about 1
 * with this standard deviation (at least 0.1) and straight lines between.
 * Source: Um et al. 2017, arXiv:1706.00527 §3 (time warping; there with cubic splines).
 */
export function seriesWarp(deviation: number, { shape: given }: SeriesAugmentOptions = {}): Augment {
  expectAmount("seriesWarp: deviation", deviation);
  return (sample, random, shape) => {
    const size = expectSampleShape("seriesWarp", axes, shape, given);
    const times = warpedTimes(size[0], deviation, random);
    mapTimes(sample, size, (time) => times[time]);
  };
}

/** Ascending from 0 to length − 1. */
function warpedTimes(length: number, deviation: number, random: Random): Float64Array {
  const knots = Array.from({ length: warpKnots + 1 }, () => Math.max(0.1, 1 + deviation * random.normal()));
  const times = new Float64Array(length);
  for (let time = 1; time < length; time++) {
    const place = ((time - 0.5) / (length - 1)) * warpKnots;
    const knot = Math.floor(place);
    times[time] = times[time - 1] + knots[knot] + (place - knot) * (knots[knot + 1] - knots[knot]);
  }
  const end = times[length - 1];
  return end === 0 ? times : times.map((time) => (time * (length - 1)) / end);
}

/** Every moment becomes what was at `source(time)`, linear between moments; before the start and after the end, these. */
function mapTimes(sample: FloatArray, [length, channels]: Shape, source: (time: number) => number): void {
  const before = sample.slice();
  for (let time = 0; time < length; time++) {
    const from = Math.min(length - 1, Math.max(0, source(time)));
    const [earlier, part] = [Math.floor(from), from % 1];
    const later = Math.min(length - 1, earlier + 1);
    for (let c = 0; c < channels; c++) {
      sample[time * channels + c] =
        before[earlier * channels + c] * (1 - part) + before[later * channels + c] * part;
    }
  }
}
