import { UserError } from "../base/errors.js";
import { readBytes } from "../base/files.js";
import { elementCount, type Shape } from "../base/tensor.js";
import type { CsvSamples } from "./csvSamples.js";
import { parseSound, takeChannel } from "./wav.js";

/**
 * Reads a .wav or raw PCM as what a microphone gives, in steps of int16: sample after sample of the network, each of as many values as
 * it takes, without overlap. The mean of all channels is taken.
 *
 * @param shape of one sample; without it the whole sound is one
 * @throws UserError when the file cannot be read, or holds less than one sample
 */
export function readWavSamples(path: string, shape?: Shape): CsvSamples {
  const sound = parseSound(readBytes(path), path);
  const all = takeChannel(sound, undefined, path);
  const size = shape === undefined ? all.length : elementCount(shape);
  const count = size === 0 ? 0 : Math.floor(all.length / size);
  if (count === 0) {
    throw new UserError(
      `${path}: holds ${all.length} values of sound; a sample takes ${Math.max(1, size)}`,
      "give a longer sound, or silence behind it",
    );
  }
  const left = all.length - count * size;
  const warnings = [
    ...(left === 0
      ? []
      : [{ message: `${path}: its last ${left} values are less than a sample and left out` }]),
    ...(sound.clipped === 0
      ? []
      : [
          {
            message: `${path}: ${sound.clipped} of its values go beyond full scale and are clipped`,
            hint: "save it with less gain",
          },
        ]),
  ];
  return {
    shape: [count, ...(shape ?? [size])],
    data: all.subarray(0, count * size),
    type: "i2",
    warnings,
  };
}
