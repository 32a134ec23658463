import { type i32, registers, shiftLeft } from "./int.js";
import {
  dualMultiplyAdd,
  loadFour,
  packLow,
  rescaleDoubled,
  spreadEven,
  spreadOdd,
  subtractPairs,
} from "./simd.js";

export interface FullyConnectedShared {
  /**
   * int32 [9]: what other kernels have as numbers, so that layers of all sizes share one function: inputs and outputs;
   * input zero point; multiplier and right shift of all outputs, input scale · weight scale / output scale = multiplier
   * / 2^31 / 2^rightShift; output zero point; activation minimum and maximum; 1 where biases are int16, 2 where each is
   * two of them, the lower half first.
   */
  readonly settings: Int32Array;
  /**
   * int8 [⌈outFeatures / 2⌉, inFeatures, 2]: of fours of inputs [2, 4], outputs first, then of single ones [2]. Where there
   * is a rest, the last block begins at output outFeatures − 2.
   */
  readonly weights: Int8Array;
  /** int16 [outFeatures, 1 or 2] */
  readonly bias: Int16Array;
}

/**
 * {@link fullyConnected} for layers of all sizes in one function, with two inputs in one multiply-accumulate and two
 * outputs a step. Biases are as they are, which take half the bytes of folded ones where they fit int16. For cores with
 * the DSP extension, at least two outputs, and one factor for all outputs that `rescaleDoubled` takes.
 *
 *   input   int8 [inFeatures]
 *   output  int8 [outFeatures]
 */
export function fullyConnectedShared(layer: FullyConnectedShared, input: Int8Array, output: Int8Array): void {
  const inFeatures: i32 = layer.settings[0];
  const inFours: i32 = (inFeatures >> 2) * 4;
  const outFeatures: i32 = layer.settings[1];
  const zeroPoint: i32 = layer.settings[2];
  const zeros: i32 = packLow(zeroPoint, zeroPoint);
  const multiplier: i32 = layer.settings[3];
  const rightShift: i32 = layer.settings[4];
  const offset: i32 = shiftLeft(2 * layer.settings[5] + 1, rightShift - 1);
  const low: i32 = layer.settings[6];
  const high: i32 = layer.settings[7];
  const halves: i32 = layer.settings[8];
  let at: i32 = 0;
  for (let block: i32 = 0; block < outFeatures; block += 2) {
    const o: i32 = block < outFeatures - 2 ? block : outFeatures - 2;
    const sums: Int32Array = registers(2);
    for (let r: i32 = 0; r < 2; r++) {
      sums[r] = layer.bias[(o + r) * halves];
      if (halves === 2) {
        sums[r] = (sums[r] & 0xffff) + layer.bias[(o + r) * 2 + 1] * 65536;
      }
    }
    for (let i: i32 = 0; i < inFours; i += 4) {
      const values: i32 = loadFour(input, i);
      const even: i32 = subtractPairs(spreadEven(values), zeros);
      const odd: i32 = subtractPairs(spreadOdd(values), zeros);
      for (let r: i32 = 0; r < 2; r++) {
        const four: i32 = loadFour(layer.weights, at + r * 4);
        sums[r] = dualMultiplyAdd(spreadEven(four), even, sums[r]);
        sums[r] = dualMultiplyAdd(spreadOdd(four), odd, sums[r]);
      }
      at += 8;
    }
    for (let i: i32 = inFours; i < inFeatures; i++) {
      for (let r: i32 = 0; r < 2; r++) {
        sums[r] += layer.weights[at + r] * (input[i] - zeroPoint);
      }
      at += 2;
    }
    for (let r: i32 = 0; r < 2; r++) {
      output[o + r] = rescaleDoubled(sums[r] * 2, multiplier, offset, rightShift, low, high);
    }
  }
}
