import { copyFour, type i32 } from "./int.js";
import { dualMultiplyAdd, loadFour, packLow, rescaleDoubled, spreadEven, spreadOdd } from "./simd.js";

export interface PackedWords {
  readonly size: i32;
  readonly multiplier: i32;
  readonly offset: i32;
  readonly shift: i32;
  /** int8 [size] */
  readonly weights: Int8Array;
}

/** Writes through a function of int.ts alone: its array is not const either. */
function copyWord(target: Int8Array, source: Int8Array, at: i32): void {
  copyFour(target, at, source, at);
}

/** Sums of four products, in the first bytes of an output that is else the input. */
export function packedWords(layer: PackedWords, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i += 4) {
    copyWord(output, input, i);
  }
  for (let i: i32 = 0; i < layer.size; i += 4) {
    const x: i32 = loadFour(input, i);
    const w: i32 = loadFour(layer.weights, i);
    let sum: i32 = dualMultiplyAdd(spreadEven(x), spreadEven(w), packLow(i, 0));
    sum = dualMultiplyAdd(spreadOdd(x), spreadOdd(w), sum);
    output[i] = rescaleDoubled(sum * 2, layer.multiplier, layer.offset, layer.shift, -128, 127);
  }
}
