import { type i32, max, min, roundingDivide } from "./int.js";
import { moments } from "./moments.js";

export interface StatisticsKernel {
  readonly steps: i32;
  readonly axes: i32;
  readonly count: i32;
  /** 1 where RMS, skew, kurtosis or crest is asked for. */
  readonly hasMoments: i32;
  /** Bits of the RMS behind the point. */
  readonly fractionBits: i32;
  /** [count]: which values, by their place in `values`. */
  readonly chosen: Uint8Array;
}

/**
 * Numbers that describe each axis of a window: where it lies, how far it goes and how it is spread.
 *
 *   input    int16 [steps, axes]
 *   output   int16 [axes, count]
 *   values   int32 [9]: mean, least, most, most − least − 2^15, RMS about the mean, skew in Q10, kurtosis less 3 in Q8,
 *            largest distance from the mean / RMS in Q8, how often the mean is crossed
 *   numbers  int32 [26], see scaled.ts
 *
 * The mean is rounded, ties away from zero; all others are about the mean itself. A sum of 2048 samples has 26 bits.
 */
export function statistics(
  layer: StatisticsKernel,
  input: Int16Array,
  output: Int16Array,
  values: Int32Array,
  numbers: Int32Array,
): void {
  for (let axis: i32 = 0; axis < layer.axes; axis++) {
    let sum: i32 = 0;
    let least: i32 = 32767;
    let most: i32 = -32768;
    for (let t: i32 = 0; t < layer.steps; t++) {
      const x: i32 = input[t * layer.axes + axis];
      sum += x;
      least = min(least, x);
      most = max(most, x);
    }
    const mean: i32 = roundingDivide(sum, layer.steps);
    const rest: i32 = sum - layer.steps * mean;
    // the least whole number that is not below the mean
    const border: i32 = rest > 0 ? mean + 1 : mean;
    let crossings: i32 = 0;
    let wasAbove: i32 = input[axis] >= border ? 1 : 0;
    for (let t: i32 = 1; t < layer.steps; t++) {
      const isAbove: i32 = input[t * layer.axes + axis] >= border ? 1 : 0;
      crossings += isAbove ^ wasAbove;
      wasAbove = isAbove;
    }
    values[0] = mean;
    values[1] = least;
    values[2] = most;
    values[3] = most - least - 32768;
    values[8] = crossings;
    if (layer.hasMoments === 1) {
      moments(
        input.subarray(axis),
        layer.steps,
        layer.axes,
        mean,
        most - mean,
        mean - least,
        layer.fractionBits,
        values,
        numbers,
      );
    }
    for (let i: i32 = 0; i < layer.count; i++) {
      output[axis * layer.count + i] = values[layer.chosen[i]];
    }
  }
}
