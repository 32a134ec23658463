import { UserError } from "../base/errors.js";
import { log1pf } from "./log1pf.js";

const f = Math.fround;

/** Frequencies on the scale of pitch: 1127 · log(1 + hz / 700), in float32. */
const mel = (hz: number): number => f(1127 * log1pf(f(hz / 700)));

/** Q12, to nearest. */
const toQ12 = (x: number): number => Math.floor(f(f(x * 4096) + 0.5));

export interface MelBands {
  /** int16 [channels + 2] */
  readonly bandStarts: Int16Array;
  /** int16 [bins, 2], Q12 */
  readonly weights: Int16Array;
}

/**
 * Triangles of equal width on the mel scale, each from the middle of the one before it to that of the next. A bin counts for
 * the two whose sides it lies under, by its distances.
 *
 * All is computed in float32, as the C library does it: two weights of the usual 40 channels would be others in float64.
 *
 * @throws UserError where a band reaches beyond half the rate
 * Source: microfrontend/lib/filterbank_util.c.
 */
export function melBands(
  { rate, lower, upper, channels }: Record<"rate" | "lower" | "upper" | "channels", number>,
  halfLength: number,
): MelBands {
  const [low, high] = [mel(f(lower)), mel(f(upper))];
  const spacing = f(f(high - low) / f(channels + 1));
  const centers = Array.from({ length: channels + 1 }, (_, j) => f(low + f(spacing * f(j + 1))));
  const hz = f(f(0.5 * rate) / f(halfLength));
  // the mean is in no band
  const first = Math.trunc(f(1.5 + f(f(lower) / hz)));
  const weights: number[] = [];
  const starts = [first];
  let bin = first;
  for (const [j, center] of centers.entries()) {
    const width = f(center - (j === 0 ? low : centers[j - 1]!));
    for (; mel(f(bin * hz)) <= center; bin++) {
      if (bin >= halfLength) {
        throw new UserError(
          `audioFeatures: upper is ${upper} Hz; of ${rate} samples a second, frequencies below ${rate / 2} Hz are left`,
          "take a lower one: 7500 for 16000 samples a second",
        );
      }
      const share = f(f(center - mel(f(bin * hz))) / width);
      weights.push(toQ12(share), toQ12(f(1 - share)));
    }
    starts.push(bin);
  }
  return { bandStarts: Int16Array.from(starts), weights: Int16Array.from(weights) };
}
