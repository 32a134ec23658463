import { crc32 } from "../../base/crc32.js";
import { UserError } from "../../base/errors.js";

/** Of samples that are kept with their features: above, all are forgotten. */
const mostKeptBytes = 2 ** 28;

interface Kept<Features> {
  readonly samples: Int16Array;
  readonly features: Features;
}

/** What a fixed function of int16 samples gave, by their content: training asks for the same ones in every epoch. */
export class KeptFeatures<Features extends Int8Array | Int16Array> {
  private readonly kept = new Map<number, Kept<Features>>();
  private keptBytes = 0;

  constructor(private readonly compute: (samples: Int16Array) => Features) {}

  /** The function's values, which are computed where they are not known. */
  of(samples: Int16Array): Features {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const key = crc32(bytes);
    const known = this.kept.get(key);
    if (known?.samples.every((sample, i) => sample === samples[i])) return known.features;
    const features = this.compute(samples);
    if (this.keptBytes > mostKeptBytes) {
      this.kept.clear();
      this.keptBytes = 0;
    }
    this.kept.set(key, { samples, features });
    this.keptBytes += samples.byteLength + features.byteLength;
    return features;
  }
}

/**
 * To the nearest int16, ties away from zero, as the device's host makes them.
 *
 * @param layer whose samples they are
 * @throws UserError on a sample that is no number
 */
export function samplesToInt16(layer: string, values: ArrayLike<number>): Int16Array {
  return Int16Array.from(values, (value) => {
    if (Number.isNaN(value))
      throw new UserError(`layer "${layer}": a sample is not a number`, "clean the data");
    const nearest = Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
    return Math.max(-32768, Math.min(32767, nearest));
  });
}
