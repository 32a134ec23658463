import type { IntegerRange } from "../quantize/accumulatorBounds.js";

/** A layer whose output o is bias[o] + Σ row o of the weights · (some inputs − their zero point). */
export interface WeightRows {
  /** int8 [outputs, taps] */
  readonly weights: Int8Array;
  /** int32 [outputs] */
  readonly bias: Int32Array;
}

/** bias − input zero point · Σ weights, so that kernels multiply the input as it is. */
export function foldInputZeroPoint({ weights, bias }: WeightRows, inputZeroPoint: number): Int32Array {
  const taps = weights.length / bias.length;
  return bias.map((value, o) => {
    const row = weights.subarray(o * taps, (o + 1) * taps);
    return value - inputZeroPoint * row.reduce((sum, weight) => sum + weight, 0);
  });
}

/**
 * The largest magnitude that a sum of products can reach, one for each output, whatever the order of summation,
 * whichever taps are left out, and whether the input's zero point is taken off before the product or in the bias:
 * Σ |weight| · (largest |input| + |zero point|).
 */
export function sumBounds(
  { weights, bias }: WeightRows,
  inputZeroPoint: number,
  input: IntegerRange,
): number[] {
  const taps = weights.length / bias.length;
  const largest = Math.max(Math.abs(input.min), Math.abs(input.max)) + Math.abs(inputZeroPoint);
  return Array.from(bias, (_, o) => {
    const row = weights.subarray(o * taps, (o + 1) * taps);
    return largest * row.reduce((sum, weight) => sum + Math.abs(weight), 0);
  });
}

/** [outputs, taps] → [⌈outputs / block⌉, taps, block]; where there is a rest, the last block holds the last outputs. */
export function packBlocks(weights: Int8Array, outputs: number, block: number): Int8Array {
  const taps = weights.length / outputs;
  const packed = new Int8Array(Math.ceil(outputs / block) * block * taps);
  for (let i = 0; i < packed.length; i++) {
    const start = Math.floor(i / (taps * block)) * block;
    const tap = Math.floor(i / block) % taps;
    const output = Math.min(start, outputs - block) + (i % block);
    packed[i] = weights[output * taps + tap]!;
  }
  return packed;
}
