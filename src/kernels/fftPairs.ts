import type { i32 } from "./int.js";
import {
  addPairs,
  addTurned,
  crossMultiplyAdd,
  dualMultiplyCross,
  dualMultiplySubtract,
  halveDifferences,
  halveSums,
  loadPair,
  lowHalf,
  packEnds,
  packHigh,
  packLow,
  storePair,
  subtractPairs,
  subtractTurned,
} from "./simd.js";

/** fft.ts' quarter() of both halves: (v · 8191 + 2^14) / 2^15 is (v · 16382 + 2^15) / 2^16, and that lies in the upper half. */
function quarterPair(word: i32): i32 {
  return packHigh(lowHalf(word) * 16382 + 32768, crossMultiplyAdd(word, 16382, 32768));
}

/** fft.ts' half() of both halves. */
function halfPair(word: i32): i32 {
  return packHigh(lowHalf(word) * 32766 + 32768, crossMultiplyAdd(word, 32766, 32768));
}

/** A quarter times a factor: twice the quarter, at most 2^14, times Q15 is the product in the upper half. */
function turnedQuarter(word: i32, factor: i32): i32 {
  const fourth: i32 = quarterPair(word);
  const twice: i32 = addPairs(fourth, fourth);
  return packHigh(dualMultiplySubtract(twice, factor, 32768), dualMultiplyCross(twice, factor, 32768));
}

/** Four values of the first column and their sums. */
function firstColumnPairs(work: Int16Array, blocks: i32, quarterLength: i32): void {
  let first: i32 = 0;
  for (let block: i32 = 0; block < blocks; block++) {
    const second: i32 = first + 2 * quarterLength;
    const third: i32 = second + 2 * quarterLength;
    const fourth: i32 = third + 2 * quarterLength;
    const a: i32 = quarterPair(loadPair(work, first));
    const b: i32 = quarterPair(loadPair(work, second));
    const c: i32 = quarterPair(loadPair(work, third));
    const d: i32 = quarterPair(loadPair(work, fourth));
    const sum: i32 = addPairs(a, c);
    const difference: i32 = subtractPairs(a, c);
    const even: i32 = addPairs(b, d);
    const odd: i32 = subtractPairs(b, d);
    storePair(work, first, addPairs(sum, even));
    storePair(work, second, subtractTurned(difference, odd));
    storePair(work, third, subtractPairs(sum, even));
    storePair(work, fourth, addTurned(difference, odd));
    first += 8 * quarterLength;
  }
}

/** Sums and differences of neighbours. */
function joinNeighbourPairs(work: Int16Array, length: i32): void {
  for (let at: i32 = 0; at < 2 * length; at += 4) {
    const a: i32 = halfPair(loadPair(work, at));
    const b: i32 = halfPair(loadPair(work, at + 2));
    storePair(work, at, addPairs(a, b));
    storePair(work, at + 2, subtractPairs(a, b));
  }
}

/** Joins four FFTs of `quarterLength` values each, again and again along `work`, but for their first columns. */
function otherColumnsPairs(work: Int16Array, twiddles: Int16Array, blocks: i32, quarterLength: i32): void {
  for (let column: i32 = 1; column < quarterLength; column++) {
    const at: i32 = 2 * column * blocks;
    const bFactor: i32 = loadPair(twiddles, at);
    const cFactor: i32 = loadPair(twiddles, 2 * at);
    const dFactor: i32 = loadPair(twiddles, 3 * at);
    let first: i32 = 2 * column;
    for (let block: i32 = 0; block < blocks; block++) {
      const second: i32 = first + 2 * quarterLength;
      const third: i32 = second + 2 * quarterLength;
      const fourth: i32 = third + 2 * quarterLength;
      const a: i32 = quarterPair(loadPair(work, first));
      const c: i32 = turnedQuarter(loadPair(work, third), cFactor);
      const sum: i32 = addPairs(a, c);
      const difference: i32 = subtractPairs(a, c);
      const b: i32 = turnedQuarter(loadPair(work, second), bFactor);
      const d: i32 = turnedQuarter(loadPair(work, fourth), dFactor);
      const even: i32 = addPairs(b, d);
      const odd: i32 = subtractPairs(b, d);
      storePair(work, first, addPairs(sum, even));
      storePair(work, second, subtractTurned(difference, odd));
      storePair(work, third, subtractPairs(sum, even));
      storePair(work, fourth, addTurned(difference, odd));
      first += 8 * quarterLength;
    }
  }
}

/** fft() of fft.ts with a complex value in each word: the same bits. */
export function fftPairs(
  work: Int16Array,
  twiddles: Int16Array,
  length: i32,
  stages: i32,
  startsWithPairs: i32,
): void {
  let quarterLength: i32 = 1;
  let blocks: i32 = length >> 2;
  if (startsWithPairs === 1) {
    joinNeighbourPairs(work, length);
    quarterLength = 2;
    blocks = length >> 3;
  }
  for (let stage: i32 = 0; stage < stages; stage++) {
    firstColumnPairs(work, blocks, quarterLength);
    otherColumnsPairs(work, twiddles, blocks, quarterLength);
    quarterLength *= 4;
    blocks >>= 2;
  }
}

/** splitReal() of fft.ts with a complex value in each word: the same bits. */
export function splitRealPairs(work: Int16Array, twiddles: Int16Array, length: i32): void {
  for (let k: i32 = 1; k <= length >> 1; k++) {
    const mirrored: i32 = 2 * (length - k);
    const a: i32 = halfPair(loadPair(work, 2 * k));
    // 0 + j · b is b's conjugate with its parts in each other's place
    const turned: i32 = addTurned(0, loadPair(work, mirrored));
    const b: i32 = packHigh(crossMultiplyAdd(turned, 32766, 32768), lowHalf(turned) * 32766 + 32768);
    const sum: i32 = addPairs(a, b);
    const difference: i32 = subtractPairs(a, b);
    const factor: i32 = loadPair(twiddles, 2 * k - 2);
    const re: i32 = dualMultiplySubtract(difference, factor, 16384) >> 15;
    const im: i32 = dualMultiplyCross(difference, factor, 16384) >> 15;
    const other: i32 = packLow(re, im);
    storePair(work, 2 * k, halveSums(sum, other));
    storePair(work, mirrored, packEnds(halveDifferences(sum, other), halveDifferences(other, sum)));
  }
}
