import { clamp, countLeadingZeros, type i32, max, min, shiftLeft, shiftRight } from "./int.js";
import { log2 } from "./logarithm.js";

/** ⌊x · weight / 2^14⌋ for x of 0..2^31 − 1 and a weight of 0..2^14. */
function share(x: i32, weight: i32): i32 {
  return (x >> 14) * weight + (((x & 16383) * weight) >> 14);
}

/**
 * The noise of a channel after a new magnitude: ⌊(magnitude · weight + estimate · (2^14 − weight)) / 2^14⌋, both with `bits`
 * bits behind the point and below 2^31.
 *
 * Source: microfrontend/lib/noise_reduction.c.
 */
export function noiseEstimate(magnitude: i32, estimate: i32, weight: i32, bits: i32): i32 {
  const signal: i32 = shiftLeft(magnitude, bits);
  const rest: i32 = 16384 - weight;
  const low: i32 = (signal & 16383) * weight + (estimate & 16383) * rest;
  return (signal >> 14) * weight + (estimate >> 14) * rest + (low >> 14);
}

/** A magnitude without its noise, and no less than its share of `least` / 2^14. */
export function withoutNoise(magnitude: i32, estimate: i32, least: i32, bits: i32): i32 {
  const signal: i32 = shiftLeft(magnitude, bits);
  return max(shiftRight(signal - min(estimate, signal), bits), share(magnitude, least));
}

/** Takes each channel's noise off its magnitude, after the estimate has followed it. */
export function audioNoise(
  bands: Int32Array,
  estimate: Int32Array,
  channels: i32,
  evenWeight: i32,
  oddWeight: i32,
  least: i32,
  bits: i32,
): void {
  for (let c: i32 = 0; c < channels; c++) {
    const weight: i32 = (c & 1) === 0 ? evenWeight : oddWeight;
    const noise: i32 = noiseEstimate(bands[c], estimate[c], weight, bits);
    estimate[c] = noise;
    bands[c] = withoutNoise(bands[c], noise, least, bits);
  }
}

/** The gain for a noise estimate: a parabola in the interval that has its number of bits. */
function gainOf(table: Int16Array, estimate: i32): i32 {
  let gain: i32 = table[min(estimate, 2)];
  if (estimate > 2) {
    const bits: i32 = 32 - countLeadingZeros(estimate);
    const fraction: i32 =
      (bits < 11 ? shiftLeft(estimate, 11 - bits) : shiftRight(estimate, bits - 11)) & 1023;
    const at: i32 = 4 * bits - 6;
    const slope: i32 = ((table[at + 2] * fraction) >> 5) + table[at + 1] * 32;
    gain = table[at] + ((slope * fraction + 16384) >> 15);
  }
  return gain;
}

/**
 * A magnitude with its channel's gain: squared below 2^13, a line above.
 *
 *   table  int16 [125], see src/signal/gainTable.ts
 *   shift  of the product; the planner has bounded it
 *
 * Source: microfrontend/lib/pcan_gain_control.c.
 */
export function withGain(magnitude: i32, estimate: i32, table: Int16Array, shift: i32): i32 {
  const gain: i32 = gainOf(table, estimate);
  const low: i32 = (magnitude & (shiftLeft(1, shift) - 1)) * gain;
  const ratio: i32 = shiftRight(magnitude, shift) * gain + shiftRight(low, shift);
  return ratio < 8192 ? (ratio * ratio) >> 20 : (ratio >> 6) - 64;
}

/**
 * The natural logarithm of a magnitude in units of 2^-scaleShift; 0 up to 1.
 *
 *   correction  bits that it is shifted left before; below 0 to the right
 *
 * Source: microfrontend/lib/log_scale.c.
 */
export function logarithmOf(magnitude: i32, table: Int16Array, correction: i32, scaleShift: i32): i32 {
  const value: i32 =
    correction < 0 ? shiftRight(magnitude, 0 - correction) : shiftLeft(magnitude, max(correction, 0));
  let result: i32 = 0;
  if (value > 1) {
    const binary: i32 = log2(value, table);
    // 22713 / 2^15 is log(2)
    const natural: i32 = (binary >> 15) * 22713 + (((binary & 32767) * 22713 + 16384) >> 15);
    result = (shiftLeft(natural, scaleShift) + 32768) >> 16;
  }
  return result;
}

/** ⌊(256 · feature + 333) / 666⌋ − 128, clamped to int8: 664 and more are 127. */
export function audioInt8(feature: i32): i32 {
  return clamp((min(feature, 664) * 25191 + 32768) >> 16, 0, 255) - 128;
}
