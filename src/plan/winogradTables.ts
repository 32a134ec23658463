import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import type { BoundedRescale } from "./settleRescale.js";

/** Taps of a window along an axis. */
const taps = 3;
/**
 * What a weight adds at most to a number on the way. Products with the inputs at the six points reach 10, 10, 10, 6, 6 and
 * 10 · 128, with w₀; w₀ + w₁ + w₂; w₀ − w₁ + w₂; w₀ + 2 w₁ + 4 w₂; w₀ − 2 w₁ + 4 w₂ and w₂. The largest number is six times
 * the fourth output, −M₁ + M₂ + 2 (M₃ − M₄) + 6 M₅, with |w₂| 2 · 10 + 4 · 4 · 6 + 6 · 10 times.
 */
const growth = 176 * 128;
/** A bias is in 24 times the first output. */
const biasGrowth = 24;
/** Of `rescaleDoubled`. */
const largestOffset = 2 ** 30;

/** True where no number on the way leaves int32. */
export function fitsWinograd({ weights }: QuantizedConvolution, bias: Int32Array): boolean {
  const inTaps = weights.length / bias.length;
  return bias.every((start, o) => {
    const row = weights.subarray(o * inTaps, (o + 1) * inTaps);
    const magnitude = row.reduce((sum, weight) => sum + Math.abs(weight), 0);
    return growth * magnitude + biasGrowth * Math.abs(start) < 2 ** 31;
  });
}

/** Numbers of the outputs of each block; where there is a rest, the last block has the last ones. */
function blocksOf(all: number, outputs: number): number[][] {
  return Array.from({ length: Math.ceil(all / outputs) }, (_, block) => {
    const first = Math.min(block * outputs, all - outputs);
    return Array.from({ length: outputs }, (_, o) => first + o);
  });
}

/** int8 [outChannels, 3, 3, channels] → [blocks, 3, channels / 4, outputs, 3, 4]. */
export function packWinogradWeights(
  { weights, bias }: QuantizedConvolution,
  channels: number,
  outputs: number,
): Int8Array {
  const packed: number[] = [];
  for (const block of blocksOf(bias.length, outputs)) {
    for (let ky = 0; ky < taps; ky++) {
      for (let c = 0; c < channels; c += 4) {
        for (const o of block) {
          for (let kx = 0; kx < taps; kx++) {
            const at = ((o * taps + ky) * taps + kx) * channels + c;
            packed.push(...weights.subarray(at, at + 4));
          }
        }
      }
    }
  }
  return Int8Array.from(packed);
}

/**
 * For each output of each block −6 · bias, multiplier, offset and shift.
 *
 * @returns undefined where an offset is too large for `rescaleDoubled`
 */
export function packWinogradSettings(
  { bias, multiplier, rightShift }: BoundedRescale,
  outputZeroPoint: number,
  outputs: number,
): Int32Array | undefined {
  const words = blocksOf(bias.length, outputs)
    .flat()
    .map((o) => {
      const shift = rightShift[o]!;
      return [-6 * bias[o]!, multiplier[o]!, (2 * outputZeroPoint + 1) * 2 ** (shift - 1), shift];
    });
  if (words.some(([, , offset]) => Math.abs(offset!) > largestOffset)) return undefined;
  return Int32Array.from(words.flat());
}
