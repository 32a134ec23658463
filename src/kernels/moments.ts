import { countLeadingZeros, type i32, max, shiftLeft, shiftRight } from "./int.js";
import {
  addScaled,
  divideScaled,
  multiplyScaled,
  rootScaled,
  scaledToInt16,
  setScaled,
  timesScaled,
} from "./scaled.js";

/** (high · 2^16 + low) · 2^exponent / steps; |high| and low below 2^30. Slots `to` and 20; 22 has steps. */
function meanOf(numbers: Int32Array, to: i32, high: i32, low: i32, exponent: i32): void {
  setScaled(numbers, to, high, exponent + 16);
  setScaled(numbers, 20, low, exponent);
  addScaled(numbers, to, to, 20);
  divideScaled(numbers, to, to, 22);
}

/**
 * RMS about the mean, skew, kurtosis and crest of a series: values[4..7].
 *
 * Distances from the rounded mean are shifted to 15 bits, their powers are summed in two words of 16 bits, and their own mean
 * δ, what the mean was rounded by, is taken off the sums: with D2 = Σd² / n and so on,
 *
 *   m2 = D2 − δ²,  m3 = D3 − 3δD2 + 2δ³,  m4 = D4 − 4δD3 + 6δ²D2 − 3δ⁴
 *
 *   series   int16, a sample every `stride` values, 2048 at most
 *   above    of the largest sample from the rounded mean; `below` of the least
 *   numbers  int32 [26], see scaled.ts
 *
 * A series that does not change has 0 of all four. Source: skew and kurtosis of a population, as scipy.stats has them by
 * default.
 */
export function moments(
  series: Int16Array,
  steps: i32,
  stride: i32,
  mean: i32,
  above: i32,
  below: i32,
  fractionBits: i32,
  values: Int32Array,
  numbers: Int32Array,
): void {
  for (let i: i32 = 4; i < 8; i++) {
    values[i] = 0;
  }
  const bits: i32 = 32 - countLeadingZeros(max(above, below));
  if (bits === 0) {
    return;
  }
  const up: i32 = max(15 - bits, 0);
  const down: i32 = max(bits - 15, 0);
  let sum: i32 = 0;
  let squareHigh: i32 = 0;
  let squareLow: i32 = 0;
  let cubeHigh: i32 = 0;
  let cubeMiddle: i32 = 0;
  let cubeLow: i32 = 0;
  let fourthHigh: i32 = 0;
  let fourthLow: i32 = 0;
  for (let t: i32 = 0; t < steps; t++) {
    const d: i32 = shiftRight(shiftLeft(series[t * stride] - mean, up), down);
    sum += d;
    const square: i32 = d * d;
    const upper: i32 = square >> 16;
    const lower: i32 = square & 65535;
    squareHigh += upper;
    squareLow += lower;
    const cubeUpper: i32 = d * upper;
    const cubeLower: i32 = d * lower;
    cubeHigh += cubeUpper >> 16;
    cubeMiddle += (cubeUpper & 65535) + (cubeLower >> 16);
    cubeLow += cubeLower & 65535;
    const rounded: i32 = (square + 16384) >> 15;
    const fourth: i32 = rounded * rounded;
    fourthHigh += fourth >> 16;
    fourthLow += fourth & 65535;
  }
  // slots: 0 δ, 2 δ², 4 D2, 6 D3, 8 D4, 10 m2, 12 m3, 14 m4, 16 and 18 for terms, 24 the root of m2
  setScaled(numbers, 22, steps, 0);
  setScaled(numbers, 0, sum, 0);
  divideScaled(numbers, 0, 0, 22);
  multiplyScaled(numbers, 2, 0, 0);
  meanOf(numbers, 4, squareHigh, squareLow, 0);
  meanOf(numbers, 6, cubeHigh, cubeMiddle + (cubeLow >> 16), 16);
  setScaled(numbers, 18, cubeLow & 65535, 0);
  divideScaled(numbers, 18, 18, 22);
  addScaled(numbers, 6, 6, 18);
  meanOf(numbers, 8, fourthHigh, fourthLow, 30);
  timesScaled(numbers, 16, 2, -1);
  addScaled(numbers, 10, 4, 16);
  if (numbers[10] <= 0) {
    return;
  }
  multiplyScaled(numbers, 16, 0, 4);
  timesScaled(numbers, 16, 16, -3);
  addScaled(numbers, 12, 6, 16);
  multiplyScaled(numbers, 16, 2, 0);
  timesScaled(numbers, 16, 16, 2);
  addScaled(numbers, 12, 12, 16);
  multiplyScaled(numbers, 16, 0, 6);
  timesScaled(numbers, 16, 16, -4);
  addScaled(numbers, 14, 8, 16);
  multiplyScaled(numbers, 16, 2, 4);
  timesScaled(numbers, 16, 16, 6);
  addScaled(numbers, 14, 14, 16);
  multiplyScaled(numbers, 16, 2, 2);
  timesScaled(numbers, 16, 16, -3);
  addScaled(numbers, 14, 14, 16);
  rootScaled(numbers, 24, 10);
  values[4] = scaledToInt16(numbers, 24, fractionBits - up + down);
  multiplyScaled(numbers, 16, 10, 24);
  divideScaled(numbers, 16, 12, 16);
  values[5] = scaledToInt16(numbers, 16, 10);
  multiplyScaled(numbers, 16, 10, 10);
  divideScaled(numbers, 16, 14, 16);
  setScaled(numbers, 18, -3, 0);
  addScaled(numbers, 16, 16, 18);
  values[6] = scaledToInt16(numbers, 16, 8);
  // the farther end from the mean itself
  const isAbove: i32 = above > below || (above === below && sum <= 0) ? 1 : 0;
  setScaled(numbers, 16, isAbove === 1 ? above : below, up - down);
  timesScaled(numbers, 18, 0, isAbove === 1 ? -1 : 1);
  addScaled(numbers, 16, 16, 18);
  divideScaled(numbers, 16, 16, 24);
  values[7] = scaledToInt16(numbers, 16, 8);
}
