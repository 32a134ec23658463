import { type i32, turn } from "./int.js";

/**
 * The FFT of `length` complex values in place, without a division: sums grow with the length.
 *
 *   work      int32 [length, 2], in the order of reversed bits; sizes up to 2^30 / length
 *   twiddles  int16 [length / 2, 2], Q15: cosine and sine of −2πk / length
 *   stages    log2 of length
 *
 * Steps of two; a first column has the factor 1, which Q15 has not, and needs none. Source: Cooley and Tukey 1965.
 */
export function fftWide(work: Int32Array, twiddles: Int16Array, length: i32, stages: i32): void {
  let half: i32 = 1;
  let blocks: i32 = length >> 1;
  for (let stage: i32 = 0; stage < stages; stage++) {
    for (let column: i32 = 0; column < half; column++) {
      const cosine: i32 = twiddles[2 * column * blocks];
      const sine: i32 = twiddles[2 * column * blocks + 1];
      let first: i32 = 2 * column;
      for (let block: i32 = 0; block < blocks; block++) {
        const second: i32 = first + 2 * half;
        const re: i32 = work[second];
        const im: i32 = work[second + 1];
        const turnedRe: i32 = column === 0 ? re : turn(re, im, cosine, sine);
        const turnedIm: i32 = column === 0 ? im : turn(im, re, cosine, 0 - sine);
        const aRe: i32 = work[first];
        const aIm: i32 = work[first + 1];
        work[first] = aRe + turnedRe;
        work[first + 1] = aIm + turnedIm;
        work[second] = aRe - turnedRe;
        work[second + 1] = aIm - turnedIm;
        first += 4 * half;
      }
    }
    half *= 2;
    blocks >>= 1;
  }
}
