import { type i32, registers, unroll } from "./int.js";
import {
  dualMultiplyAdd,
  loadFour,
  packLow,
  rescaleDoubled,
  spreadEven,
  spreadOdd,
  wrappedDifference,
} from "./simd.js";

export interface FullyConnectedDigits {
  readonly inFeatures: i32;
  readonly outFeatures: i32;
  /** Inputs in fours, chunks · chunk of them; behind them the rest, in pairs. */
  readonly chunk: i32;
  readonly chunks: i32;
  /** Outputs of a block, an even number; where there is a rest, the last block holds the last outputs. */
  readonly block: i32;
  readonly blocks: i32;
  /**
   * int32 [blocks, …]: what the sums begin with, two for each pair of outputs; weights, a word for a pair of inputs and
   * a pair of outputs, two int16 of first + 256 · second; multiplier, offset and shift of each output. Where all outputs
   * share them, they stand behind all blocks.
   */
  readonly stream: Int32Array;
  /** 1 where all outputs have one factor; where it stands in the stream. */
  readonly isShared: i32;
  readonly sharedAt: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link fullyConnected} with up to eight outputs a step, two of them in one multiply-accumulate, as convolutionDigits
 * has them.
 *
 *   input    int8 [inFeatures]
 *   output   int8 [outFeatures]
 */
export function fullyConnectedDigits(layer: FullyConnectedDigits, input: Int8Array, output: Int8Array): void {
  let at: i32 = 0;
  for (let block: i32 = 0; block < layer.blocks; block++) {
    const o: i32 =
      block * layer.block < layer.outFeatures - layer.block
        ? block * layer.block
        : layer.outFeatures - layer.block;
    // for each pair of outputs S1 + 256 * S2 and S1; the input's zero point is in the bias
    const sums: Int32Array = registers(layer.block);
    for (let s: i32 = 0; s < layer.block; s++) {
      sums[s] = layer.stream[at + s];
    }
    at += layer.block;
    let from: i32 = 0;
    for (let c: i32 = 0; c < layer.chunks; c++) {
      unroll(16);
      for (let k: i32 = 0; k < layer.chunk; k++) {
        const word: i32 = loadFour(input, from + k * 4);
        const pair: Int32Array = registers(2);
        pair[0] = spreadEven(word);
        pair[1] = spreadOdd(word);
        for (let p: i32 = 0; p < 2; p++) {
          for (let s: i32 = 0; s < layer.block; s += 2) {
            const both: i32 = layer.stream[at + (((k * 2 + p) * layer.block + s) >> 1)];
            sums[s] = dualMultiplyAdd(both, pair[p], sums[s]);
            sums[s + 1] = dualMultiplyAdd(spreadEven(both), pair[p], sums[s + 1]);
          }
        }
      }
      at += layer.chunk * layer.block;
      from += layer.chunk * 4;
    }
    for (let k: i32 = layer.chunks * layer.chunk * 4; k < layer.inFeatures; k += 2) {
      const last: i32 = k + 1 < layer.inFeatures ? k + 1 : k;
      const pair: i32 = packLow(input[k], input[last]);
      for (let s: i32 = 0; s < layer.block; s += 2) {
        const both: i32 = layer.stream[at + (s >> 1)];
        sums[s] = dualMultiplyAdd(both, pair, sums[s]);
        sums[s + 1] = dualMultiplyAdd(spreadEven(both), pair, sums[s + 1]);
      }
      at += layer.block >> 1;
    }
    for (let s: i32 = 0; s < layer.block; s += 2) {
      const factor1: i32 = layer.isShared === 1 ? layer.sharedAt : at + s * 3;
      const factor2: i32 = layer.isShared === 1 ? layer.sharedAt : at + s * 3 + 3;
      // read before a byte is stored, which for the compiler may change any table
      const multiplier1: i32 = layer.stream[factor1];
      const offset1: i32 = layer.stream[factor1 + 1];
      const shift1: i32 = layer.stream[factor1 + 2];
      const multiplier2: i32 = layer.stream[factor2];
      const offset2: i32 = layer.stream[factor2 + 1];
      const shift2: i32 = layer.stream[factor2 + 2];
      output[o + s] = rescaleDoubled(
        sums[s + 1] * 2,
        multiplier1,
        offset1,
        shift1,
        layer.activationMin,
        layer.activationMax,
      );
      output[o + s + 1] = rescaleDoubled(
        wrappedDifference(sums[s], sums[s + 1]) >> 7,
        multiplier2,
        offset2,
        shift2,
        layer.activationMin,
        layer.activationMax,
      );
    }
    at += layer.isShared === 1 ? 0 : layer.block * 3;
  }
}
