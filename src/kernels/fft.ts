import type { i32 } from "./int.js";
import { lowHalf } from "./simd.js";

/** The rounded quarter of a value, but for 2^-13 of it: |result| ≤ 8192. */
function quarter(value: i32): i32 {
  return (value * 8191 + 16384) >> 15;
}

/** The rounded half of a value, but for 2^-14 of it: |result| ≤ 16383. */
export function half(value: i32): i32 {
  return (value * 16383 + 16384) >> 15;
}

/** Four values of the first column and their sums: wraps as int16 does. */
function firstColumn(work: Int16Array, blocks: i32, quarterLength: i32): void {
  let first: i32 = 0;
  for (let block: i32 = 0; block < blocks; block++) {
    const second: i32 = first + 2 * quarterLength;
    const third: i32 = second + 2 * quarterLength;
    const fourth: i32 = third + 2 * quarterLength;
    const aRe: i32 = quarter(work[first]);
    const aIm: i32 = quarter(work[first + 1]);
    const cRe: i32 = quarter(work[third]);
    const cIm: i32 = quarter(work[third + 1]);
    const sumRe: i32 = aRe + cRe;
    const sumIm: i32 = aIm + cIm;
    const differenceRe: i32 = aRe - cRe;
    const differenceIm: i32 = aIm - cIm;
    const bRe: i32 = quarter(work[second]);
    const bIm: i32 = quarter(work[second + 1]);
    const dRe: i32 = quarter(work[fourth]);
    const dIm: i32 = quarter(work[fourth + 1]);
    work[first] = sumRe + bRe + dRe;
    work[first + 1] = sumIm + bIm + dIm;
    work[third] = sumRe - bRe - dRe;
    work[third + 1] = sumIm - bIm - dIm;
    work[second] = differenceRe + bIm - dIm;
    work[second + 1] = differenceIm - bRe + dRe;
    work[fourth] = differenceRe - bIm + dIm;
    work[fourth + 1] = differenceIm + bRe - dRe;
    first += 8 * quarterLength;
  }
}

/** Sums and differences of neighbours. */
function joinNeighbours(work: Int16Array, length: i32): void {
  for (let at: i32 = 0; at < 2 * length; at += 4) {
    const aRe: i32 = half(work[at]);
    const aIm: i32 = half(work[at + 1]);
    const bRe: i32 = half(work[at + 2]);
    const bIm: i32 = half(work[at + 3]);
    work[at] = aRe + bRe;
    work[at + 1] = aIm + bIm;
    work[at + 2] = aRe - bRe;
    work[at + 3] = aIm - bIm;
  }
}

/** Joins four FFTs of `quarterLength` values each, again and again along `work`, but for their first columns. */
function otherColumns(work: Int16Array, twiddles: Int16Array, blocks: i32, quarterLength: i32): void {
  for (let column: i32 = 1; column < quarterLength; column++) {
    const at: i32 = 2 * column * blocks;
    const bCos: i32 = twiddles[at];
    const bSin: i32 = twiddles[at + 1];
    const cCos: i32 = twiddles[2 * at];
    const cSin: i32 = twiddles[2 * at + 1];
    const dCos: i32 = twiddles[3 * at];
    const dSin: i32 = twiddles[3 * at + 1];
    let first: i32 = 2 * column;
    for (let block: i32 = 0; block < blocks; block++) {
      const second: i32 = first + 2 * quarterLength;
      const third: i32 = second + 2 * quarterLength;
      const fourth: i32 = third + 2 * quarterLength;
      const cReal: i32 = quarter(work[third]);
      const cImaginary: i32 = quarter(work[third + 1]);
      const cRe: i32 = (cReal * cCos - cImaginary * cSin + 16384) >> 15;
      const cIm: i32 = (cReal * cSin + cImaginary * cCos + 16384) >> 15;
      const aRe: i32 = quarter(work[first]);
      const aIm: i32 = quarter(work[first + 1]);
      const sumRe: i32 = aRe + cRe;
      const sumIm: i32 = aIm + cIm;
      const differenceRe: i32 = aRe - cRe;
      const differenceIm: i32 = aIm - cIm;
      const bReal: i32 = quarter(work[second]);
      const bImaginary: i32 = quarter(work[second + 1]);
      const bRe: i32 = (bReal * bCos - bImaginary * bSin + 16384) >> 15;
      const bIm: i32 = (bReal * bSin + bImaginary * bCos + 16384) >> 15;
      const dReal: i32 = quarter(work[fourth]);
      const dImaginary: i32 = quarter(work[fourth + 1]);
      const dRe: i32 = (dReal * dCos - dImaginary * dSin + 16384) >> 15;
      const dIm: i32 = (dReal * dSin + dImaginary * dCos + 16384) >> 15;
      const evenRe: i32 = bRe + dRe;
      const evenIm: i32 = bIm + dIm;
      const oddRe: i32 = bRe - dRe;
      const oddIm: i32 = bIm - dIm;
      work[first] = sumRe + evenRe;
      work[first + 1] = sumIm + evenIm;
      work[third] = sumRe - evenRe;
      work[third + 1] = sumIm - evenIm;
      work[second] = differenceRe + oddIm;
      work[second + 1] = differenceIm - oddRe;
      work[fourth] = differenceRe - oddIm;
      work[fourth + 1] = differenceIm + oddRe;
      first += 8 * quarterLength;
    }
  }
}

/**
 * The FFT of `length` complex values in place, divided by length: kissfft's in 16 bits, each of whose values goes through
 * its roundings here too. A factor of 32767 / 2^15 changes no value that was divided by four, so that first columns need
 * no factors.
 *
 *   work      int16 [length, 2], in the order of `digitReversal`; sums wrap as int16 does
 *   twiddles  int16 [3/4 · length, 2], Q15: |cosine, sine| ≤ 1, so no sum of products leaves int32
 *   stages    steps by four; `startsWithPairs` is 1 where a step by two comes before them
 *
 * Source: kissfft v130, kiss_fft.c kf_bfly4, kf_bfly2, _kiss_fft_guts.h with FIXED_POINT 16.
 */
export function fft(
  work: Int16Array,
  twiddles: Int16Array,
  length: i32,
  stages: i32,
  startsWithPairs: i32,
): void {
  let quarterLength: i32 = 1;
  let blocks: i32 = length >> 2;
  if (startsWithPairs === 1) {
    joinNeighbours(work, length);
    quarterLength = 2;
    blocks = length >> 3;
  }
  for (let stage: i32 = 0; stage < stages; stage++) {
    firstColumn(work, blocks, quarterLength);
    otherColumns(work, twiddles, blocks, quarterLength);
    quarterLength *= 4;
    blocks >>= 2;
  }
}

/**
 * The FFT of 2 · length real values of that of `length` complex ones, in place: bins 1 to length − 1. What lies in bin 0
 * stays.
 *
 *   work      int16 [length, 2]
 *   twiddles  int16 [length / 2, 2], Q15
 *
 * Source: kissfft v130, tools/kiss_fftr.c kiss_fftr.
 */
export function splitReal(work: Int16Array, twiddles: Int16Array, length: i32): void {
  for (let k: i32 = 1; k <= length >> 1; k++) {
    const at: i32 = 2 * k;
    const mirrored: i32 = 2 * (length - k);
    const aRe: i32 = half(work[at]);
    const aIm: i32 = half(work[at + 1]);
    const bRe: i32 = half(work[mirrored]);
    const bIm: i32 = half(lowHalf(0 - work[mirrored + 1]));
    const sumRe: i32 = aRe + bRe;
    const sumIm: i32 = aIm + bIm;
    const differenceRe: i32 = aRe - bRe;
    const differenceIm: i32 = aIm - bIm;
    const cosine: i32 = twiddles[at - 2];
    const sine: i32 = twiddles[at - 1];
    const turnedRe: i32 = lowHalf((differenceRe * cosine - differenceIm * sine + 16384) >> 15);
    const turnedIm: i32 = lowHalf((differenceRe * sine + differenceIm * cosine + 16384) >> 15);
    work[at] = (sumRe + turnedRe) >> 1;
    work[at + 1] = (sumIm + turnedIm) >> 1;
    work[mirrored] = (sumRe - turnedRe) >> 1;
    work[mirrored + 1] = (turnedIm - sumIm) >> 1;
  }
}
