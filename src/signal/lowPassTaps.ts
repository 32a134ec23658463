const one = 2 ** 15;

/**
 * A low-pass filter for one value of `factor`: a sinc under a Hamming window in Q15, int16 [taps], symmetric; a level passes
 * as it is. Its power is half at about 0.9 of the new rate's half.
 *
 * Source: Oppenheim and Schafer, Discrete-Time Signal Processing, §7.5.
 */
export function lowPassTaps(taps: number, factor: number): Int16Array {
  const middle = (taps - 1) / 2;
  const cutoff = 0.9 / factor;
  const ideal = Array.from({ length: taps }, (_, k) => {
    const x = k - middle;
    const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
    const window = taps === 1 ? 1 : 0.54 - 0.46 * Math.cos((2 * Math.PI * k) / (taps - 1));
    return sinc * window;
  });
  const level = ideal.reduce((sum, tap) => sum + tap, 0);
  const weights = Int16Array.from(ideal, (tap) => Math.min(32767, Math.round((one * tap) / level)));
  // what rounding left goes to the largest ones
  const rest = one - weights.reduce((sum, weight) => sum + weight, 0);
  if (taps > 1) {
    weights[Math.floor(middle)]! += Math.ceil(rest / 2);
    weights[Math.ceil(middle)]! += Math.floor(rest / 2);
  }
  return weights;
}
