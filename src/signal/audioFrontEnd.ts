import type { AudioFrontEnd } from "../network/audioFrontEnd.js";
import { type AudioParameters, expectAudioParameters } from "./audioParameters.js";
import { logarithmTable, splitTable, twiddleTable } from "./fftTables.js";
import { gainTable } from "./gainTable.js";
import { melBands } from "./melBands.js";

const f = Math.fround;

/** Parts of 2^14. */
const toQ14 = (x: number): number => Math.trunc(f(f(x) * 16384));

/**
 * A raised cosine over `samples`, Q12: int16 [samples], in float32. It is not symmetric: one pair of 480 differs by 1.
 *
 * Source: microfrontend/lib/window_util.c.
 */
export function windowTable(samples: number): Int16Array {
  const step = f(f(f(Math.PI) * 2) / f(samples));
  return Int16Array.from({ length: samples }, (_, i) => {
    const cosine = f(Math.cos(f(step * f(i + 0.5))));
    return Math.floor(f(f(f(0.5 - f(0.5 * cosine)) * 4096) + 0.5));
  });
}

/**
 * Settles every number and table of a front-end.
 *
 * @throws UserError naming the parameter that is out of range
 */
export function createAudioFrontEnd(given: AudioParameters): AudioFrontEnd {
  const parameters = expectAudioParameters(given);
  const { rate, sizeMs, stepMs, channels, noise, gain, scaleShift } = parameters;
  const windowSamples = Math.trunc((sizeMs * rate) / 1000);
  const fftLog = Math.ceil(Math.log2(windowSamples));
  const halfLength = 2 ** (fftLog - 1);
  const correctionBits = fftLog - 6;
  return {
    rate,
    windowSamples,
    stepSamples: Math.trunc((stepMs * rate) / 1000),
    channels,
    halfLength,
    smoothingBits: noise.smoothingBits,
    evenWeight: toQ14(noise.even),
    oddWeight: toQ14(noise.odd),
    leastRemaining: toQ14(noise.minRemaining),
    snrShift: gain ? gain.gainBits - correctionBits - 12 : 0,
    scaleShift,
    window: windowTable(windowSamples),
    ...melBands(parameters, halfLength),
    gain: gain && gainTable(gain, noise.smoothingBits - correctionBits),
    twiddles: twiddleTable(halfLength, (3 * halfLength) / 4),
    splitTwiddles: splitTable(halfLength),
    logarithms: logarithmTable(),
  };
}
