import { type i32, shiftLeft, shiftRight } from "./int.js";
import { squareRoot } from "./squareRoot.js";

/**
 * Magnitudes of the channels: the root of the energy under each one's triangle, in the steps of the samples again.
 *
 * Sums are kept in two words, the lower one of `bits` bits; the planner chooses these so that both fit int32.
 *
 *   spectrum  int16 [bins, 2]
 *   starts    int16 [channels + 2]: first bins of bands
 *   weights   int16 [bins from the first band's start, 2], Q12
 *   output    int32 [channels]
 *   shift     how far the samples were shifted left
 *
 * Source: microfrontend/lib/filterbank.c.
 */
export function audioBands(
  spectrum: Int16Array,
  starts: Int16Array,
  weights: Int16Array,
  output: Int32Array,
  channels: i32,
  bits: i32,
  shift: i32,
): void {
  const mask: i32 = shiftLeft(1, bits) - 1;
  const first: i32 = starts[0];
  let high: i32 = 0;
  let low: i32 = 0;
  for (let band: i32 = 0; band <= channels; band++) {
    let nextHigh: i32 = 0;
    let nextLow: i32 = 0;
    for (let bin: i32 = starts[band]; bin < starts[band + 1]; bin++) {
      const re: i32 = spectrum[2 * bin];
      const im: i32 = spectrum[2 * bin + 1];
      const energy: i32 = re * re + im * im;
      const upper: i32 = shiftRight(energy, bits);
      const lower: i32 = energy & mask;
      const weight: i32 = weights[2 * (bin - first)];
      const nextWeight: i32 = weights[2 * (bin - first) + 1];
      high += upper * weight;
      low += lower * weight;
      nextHigh += upper * nextWeight;
      nextLow += lower * nextWeight;
    }
    if (band > 0) {
      output[band - 1] = shiftRight(squareRoot(high + shiftRight(low, bits), low & mask, bits), shift);
    }
    high = nextHigh + shiftRight(nextLow, bits);
    low = nextLow & mask;
  }
}
