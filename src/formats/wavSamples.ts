import { UserError, type Warning } from "../base/errors.js";
import { readBytes } from "../base/files.js";
import { elementCount, type Shape } from "../base/tensor.js";
import type { CsvSamples } from "./csvSamples.js";
import { resample } from "./resample.js";
import { parseSound, type Sound, takeChannel } from "./wav.js";

/**
 * Reads a .wav or raw PCM as what a microphone gives, in steps of int16: sample after sample of the network, each of as many
 * values as it takes, without overlap. The mean of all channels is taken.
 *
 * @param shape of one sample; without it the whole sound is one
 * @param rate samples a second to which a .wav is brought, which raw PCM has; undefined where nobody knows
 * @throws UserError when the file cannot be read, or holds less than one sample
 */
export function readWavSamples(path: string, shape?: Shape, rate?: number): CsvSamples {
  const sound = parseSound(readBytes(path), path, rate);
  const channel = takeChannel(sound, undefined, path);
  const all = rate === undefined ? channel : resample(channel, sound.rate, rate);
  const size = shape === undefined ? all.length : elementCount(shape);
  const count = size === 0 ? 0 : Math.floor(all.length / size);
  if (count === 0) {
    throw new UserError(
      `${path}: holds ${all.length} values of sound; a sample takes ${Math.max(1, size)}`,
      "give a longer sound, or silence behind it",
    );
  }
  return {
    shape: [count, ...(shape ?? [size])],
    data: all.subarray(0, count * size),
    type: "i2",
    warnings: warn(path, sound, rate, all.length - count * size),
  };
}

/** @param left values behind the last whole sample */
function warn(
  path: string,
  { clipped, rate: found }: Sound,
  rate: number | undefined,
  left: number,
): Warning[] {
  const warnings: Warning[] = [];
  if (rate === undefined && found > 0) {
    warnings.push({
      message: `${path}: its ${found} values a second are taken one by one, whatever the network was trained with`,
    });
  } else if (rate !== undefined && found !== rate) {
    warnings.push({ message: `${path}: is brought from ${found} values a second to the network's ${rate}` });
  }
  if (left > 0) {
    warnings.push({ message: `${path}: its last ${left} values are less than a sample and left out` });
  }
  if (clipped > 0) {
    warnings.push({
      message: `${path}: ${clipped} of its values go beyond full scale and are clipped`,
      hint: "save it with less gain",
    });
  }
  return warnings;
}
