import { UserError } from "../base/errors.js";
import { type AudioKernel, audioFeatures } from "../kernels/audioFeatures.js";
import { type AudioFrontEnd, frameCount } from "../network/audioFrontEnd.js";
import { digitReversal, radices } from "./fftTables.js";

/** Bits of the lower words of energies by the most bins of a band: so many products with 2^12 stay below 2^31. */
const energyBits = [
  { bins: 8, bits: 16 },
  { bins: 32, bits: 14 },
  { bins: 128, bits: 12 },
];

/**
 * No magnitude is larger. An FFT that divides by its length makes no energy: bins have 2^30 in all, half of them in the
 * half that is used, times 2^12 under a triangle, and the root of that is 2^20.5; a hundredth is left for its roundings.
 */
const largestMagnitude = 1.01 * 2 ** 20.5;

const largestGain = 32767;

/** What the kernels take of a front-end, whatever the number of frames. */
export type SettledAudio = Omit<AudioKernel, "frames" | "isPacked">;

/**
 * Settles every number that the kernels take.
 *
 * @param name the layer's, for messages
 * @throws UserError where a band has too many bins, or gains leave int32
 */
export function settleAudio(name: string, frontEnd: AudioFrontEnd): SettledAudio {
  const { rate: _, scaleShift, gain, ...settled } = frontEnd;
  expectGains(name, frontEnd);
  const steps = radices(frontEnd.halfLength);
  return {
    ...settled,
    energyBits: energyBitsOf(name, frontEnd),
    stages: steps.filter((radix) => radix === 4).length,
    startsWithPairs: steps.includes(2) ? 1 : 0,
    order: digitReversal(frontEnd.halfLength),
    hasGain: gain ? 1 : 0,
    gain: gain ?? new Int16Array(125),
    hasLogarithm: scaleShift === undefined ? 0 : 1,
    scaleShift: scaleShift ?? 0,
    correctionBits: Math.log2(frontEnd.halfLength) - 5,
  };
}

/**
 * Runs the kernel on the host.
 *
 * @param samples a whole clip
 * @returns int8 [frames, channels]
 */
export function runAudio(settled: SettledAudio, samples: Int16Array): Int8Array {
  const { channels, halfLength } = settled;
  const frames = frameCount(settled, samples.length);
  const output = new Int8Array(frames * channels);
  const [work, bands, estimate] = [2 * halfLength, channels, channels];
  audioFeatures(
    { ...settled, frames, isPacked: 0 },
    samples,
    output,
    new Int16Array(work),
    new Int32Array(bands),
    new Int32Array(estimate),
  );
  return output;
}

function energyBitsOf(name: string, { bandStarts }: AudioFrontEnd): number {
  const widest = Math.max(...Array.from(bandStarts.subarray(1), (start, i) => start - bandStarts[i]!));
  const found = energyBits.find(({ bins }) => widest <= bins);
  if (found) return found.bits;
  throw new UserError(
    `layer "${name}": a band has ${widest} of the FFT's bins, 128 at most are possible`,
    "take more channels, or a shorter window",
  );
}

/** Every noise estimate has a gain of 0..32767, and the largest magnitude with that estimate, times its gain, fits int32. */
function expectGains(name: string, frontEnd: AudioFrontEnd): void {
  const { gain, snrShift, smoothingBits, evenWeight, oddWeight } = frontEnd;
  if (gain === undefined) return;
  const fail = (what: string): never => {
    throw new UserError(
      `layer "${name}": its gains ${what}`,
      "strength 0.95, offset 80 and gainBits 21 are usual for pcan",
    );
  };
  if (snrShift < 0 || snrShift > 15) {
    fail(`are shifted right by gainBits - log2 of the FFT's samples - 6 = ${snrShift}; 0 to 15 are possible`);
  }
  const weight = Math.min(evenWeight, oddWeight);
  for (let bits = 2; bits <= 31; bits++) {
    const at = 4 * bits - 6;
    const [y, a, b] = [gain[at]!, gain[at + 1]!, gain[at + 2]!];
    let most = bits === 2 ? Math.max(gain[0]!, gain[1]!) : 0;
    let least = bits === 2 ? Math.min(gain[0]!, gain[1]!) : largestGain;
    for (let fraction = 0; fraction < 1024; fraction++) {
      const product = (((b * fraction) >> 5) + a * 32) * fraction + 16384;
      if (Math.abs(product) >= 2 ** 31) fail(`change too much at ${bits} bits of noise`);
      const value = y + Math.floor(product / 2 ** 15);
      most = Math.max(most, value);
      least = Math.min(least, value);
    }
    if (least < 0 || most > largestGain)
      fail(`are ${least} to ${most} at ${bits} bits of noise; 0 to ${largestGain} are possible`);
    const heard = weight === 0 ? largestMagnitude : (2 ** bits * 16384) / weight / 2 ** smoothingBits + 1;
    const magnitude = Math.min(largestMagnitude, heard);
    if ((magnitude * most) / 2 ** snrShift + 2 ** 15 >= 2 ** 31) fail(`leave int32 at ${bits} bits of noise`);
  }
}
