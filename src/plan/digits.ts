import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import type { BoundedRescale } from "./settleRescale.js";

/** A layer's weights in the order in which a kernel of digits meets its inputs; 0 where it meets one too many. */
export interface DigitRows {
  readonly outputs: number;
  /** An even number. */
  readonly taps: number;
  readonly weight: (output: number, tap: number) => number;
}

/** The sum of an output that shares words with another one, S₂, stays below this. */
const largestSecond = 2 ** 23;
/** Of `rescaleDoubled`. */
export const largestOffset = 2 ** 30;

/** first + 256 · second of two outputs at a tap. */
function digitsOf({ weight }: DigitRows, output: number, tap: number): number {
  return weight(output, tap) + 256 * weight(output + 1, tap);
}

/**
 * Whether the sums of an output and the one behind it can be taken from words of both: each word's halves are int16, and
 * the second sum lies in ±2^23 for every input.
 */
function fits(rows: DigitRows, bias: Int32Array, output: number, range: IntegerRange): boolean {
  let [lowest, highest] = [bias[output + 1]!, bias[output + 1]!];
  for (let tap = 0; tap < rows.taps; tap++) {
    if (digitsOf(rows, output, tap) < -(2 ** 15)) return false;
    const products = [rows.weight(output + 1, tap) * range.min, rows.weight(output + 1, tap) * range.max];
    lowest += Math.min(...products);
    highest += Math.max(...products);
  }
  return lowest >= -largestSecond && highest < largestSecond;
}

/**
 * Packs weights with what sums begin with and how they are rescaled, in the order in which kernels read them: for each
 * block of outputs, two starts for each pair of outputs, a word for each pair of taps and of outputs, and multiplier,
 * offset and shift of each output. Where there is a rest, the last block holds the last outputs.
 *
 * @param block outputs of a block, an even number, at most all
 * @param isShared whether all outputs have one multiplier, offset and shift: then they stand once, behind all blocks
 * @returns undefined where a second sum could leave its place, or an offset is too large
 */
export function packDigits(
  rows: DigitRows,
  { bias, multiplier, rightShift }: BoundedRescale,
  outputZeroPoint: number,
  range: IntegerRange,
  block: number,
  isShared = false,
): Int32Array | undefined {
  const words: number[] = [];
  const rescaleWords = (output: number): readonly number[] => {
    const shift = rightShift[output]!;
    return [multiplier[output]!, (2 * outputZeroPoint + 1) * 2 ** (shift - 1), shift];
  };
  for (let start = 0; start < rows.outputs; start += block) {
    const first = Math.min(start, rows.outputs - block);
    const pairs = Array.from({ length: block / 2 }, (_, pair) => first + 2 * pair);
    if (!pairs.every((output) => fits(rows, bias, output, range))) return undefined;
    for (const output of pairs) words.push((bias[output]! + 256 * bias[output + 1]!) | 0, bias[output]!);
    for (let tap = 0; tap < rows.taps; tap += 2) {
      for (const output of pairs) {
        words.push((digitsOf(rows, output, tap) & 0xffff) | (digitsOf(rows, output, tap + 1) << 16));
      }
    }
    for (let output = first; output < first + block; output++) {
      const settled = rescaleWords(output);
      if (Math.abs(settled[1]!) > largestOffset) return undefined;
      if (!isShared) words.push(...settled);
    }
  }
  if (isShared) words.push(...rescaleWords(0));
  return Int32Array.from(words);
}

/** Which tap lies at a place where `spreadEven` and `spreadOdd` have put four: 0, 2, 1, 3. */
export function interleaved(place: number): number {
  const ofFour = place % 4;
  return place - ofFour + (ofFour === 1 ? 2 : ofFour === 2 ? 1 : ofFour);
}
