const f = Math.fround;
const largest = 32767;

/** Gains of `audioFeatures` by a channel's noise (PCAN): 2^gainBits · (noise + offset)^−strength. */
export interface GainSettings {
  /** 0..4 */
  readonly strength: number;
  readonly offset: number;
  /** 0..30 */
  readonly gainBits: number;
}

/**
 * The gain for a noise estimate x, 2^gainBits · (x / 2^inputBits + offset)^−strength, by intervals that double: int16 [125].
 *
 *   0, 1             the gains of 0 and 1
 *   4n − 6 …         for x of n bits, n in 2..32: y, a and b, so that the gain at the interval's fraction t is about
 *                    y + a · t + b · t²
 *
 * Source: microfrontend/lib/pcan_gain_control_util.c; Lostanlen et al. 2019, "Per-channel energy normalization: why and how".
 */
export function gainTable({ strength, offset, gainBits }: GainSettings, inputBits: number): Int16Array {
  const gain = (x: number): number => {
    const input = f(f(f(x) / 2 ** inputBits) + f(offset));
    const value = f(2 ** gainBits * f(input ** -f(strength)));
    return value > largest ? largest : Math.trunc(f(value + 0.5));
  };
  const table = new Int16Array(125);
  table[0] = gain(0);
  table[1] = gain(1);
  for (let n = 2; n <= 32; n++) {
    const first = 2 ** (n - 1);
    const [y0, y1, y2] = [first, 1.5 * first, n === 32 ? 2 ** 32 - 1 : 2 * first].map(gain) as [
      number,
      number,
      number,
    ];
    const slope = 4 * (y1 - y0) - (y2 - y0);
    table.set([y0, slope, y2 - y0 - slope], 4 * n - 6);
  }
  return table;
}
