import { copyFour, type i32, registers, shiftLeft } from "./int.js";
import { dualMultiplyAdd, loadFour, rescaleDoubled, spreadEven, spreadOdd } from "./simd.js";

export interface ConvolutionShared {
  /**
   * int16 [17]: what other kernels have as numbers, so that layers of all shapes share one function: input rows, and
   * values of one; rows of a window, and values of one; input rows from one output row to the next, values from one output
   * column to the next, rows from one tap to the next; rows above the input, and values left of it; output columns,
   * positions and channels; taps in fours; zero points of input and output; activation minimum and maximum.
   */
  readonly geometry: Int16Array;
  /**
   * int8 [⌈outChannels / 2⌉, fours, 2, 2, 2]: the last three are even or odd taps of a four, which of those, and which of
   * two channels. Where there is a rest, the last block begins at channel outChannels − 2.
   */
  readonly weights: Int8Array;
  /**
   * int32 [outChannels, 2]: 2^8 · (the layer's bias − input zero point · Σ weights of that channel) + shift; multiplier.
   * input scale · weight scale / output scale = multiplier / 2^31 / 2^shift.
   */
  readonly settings: Int32Array;
  /** 1 where the activation's minimum and maximum are not −128 and 127. */
  readonly isClamped: i32;
}

/**
 * {@link convolution} of all shapes in one function, with two taps in one multiply-accumulate, two positions and two
 * output channels a step. For cores with the DSP extension, columns that are not dilated, at least two output channels,
 * and factors that `rescaleDoubled` takes.
 *
 *   input    int8 [inHeight, inWidth, inChannels]
 *   output   int8 [positions, outChannels]
 *   windows  int8 [2, fours, 4]
 *
 * An odd number of positions has its last one computed twice.
 */
export function convolutionShared(
  layer: ConvolutionShared,
  input: Int8Array,
  output: Int8Array,
  windows: Int8Array,
): void {
  const inHeight: i32 = layer.geometry[0];
  const inRow: i32 = layer.geometry[1];
  const windowRows: i32 = layer.geometry[2];
  const windowRow: i32 = layer.geometry[3];
  const positions: i32 = layer.geometry[10];
  const outChannels: i32 = layer.geometry[11];
  const taps: i32 = layer.geometry[12] * 4;
  const zeroPoint: i32 = layer.geometry[14];
  const low: i32 = layer.isClamped === 1 ? layer.geometry[15] : -128;
  const high: i32 = layer.isClamped === 1 ? layer.geometry[16] : 127;
  let y: i32 = 0;
  let x: i32 = 0;
  for (let n: i32 = 0; n < positions; n += 2) {
    for (let p: i32 = 0; p < 2; p++) {
      const left: i32 = x * layer.geometry[5] - layer.geometry[8];
      let row: i32 = y * layer.geometry[4] - layer.geometry[7];
      let to: i32 = p * taps;
      for (let ky: i32 = 0; ky < windowRows; ky++) {
        const isInside: i32 = row >= 0 && row < inHeight ? 1 : 0;
        const from: i32 = row * inRow + left;
        let copied: i32 = 0;
        if (isInside === 1 && left >= 0 && left + windowRow <= inRow) {
          for (let k: i32 = 0; k < windowRow >> 2; k++) {
            copyFour(windows, to + k * 4, input, from + k * 4);
          }
          copied = (windowRow >> 2) * 4;
        }
        for (let k: i32 = copied; k < windowRow; k++) {
          const isValue: i32 = isInside === 1 && left + k >= 0 && left + k < inRow ? 1 : 0;
          windows[to + k] = isValue === 1 ? input[from + k] : layer.geometry[13];
        }
        to += windowRow;
        row += layer.geometry[6];
      }
      if (n + p + 1 < positions) {
        x++;
        if (x === layer.geometry[9]) {
          x = 0;
          y++;
        }
      }
    }
    const first: i32 = n * outChannels;
    const second: i32 = n + 1 < positions ? first + outChannels : first;
    let at: i32 = 0;
    for (let block: i32 = 0; block < outChannels; block += 2) {
      const o: i32 = block < outChannels - 2 ? block : outChannels - 2;
      const sums: Int32Array = registers(4);
      sums[0] = layer.settings[o * 2] >> 8;
      sums[1] = sums[0];
      sums[2] = layer.settings[o * 2 + 2] >> 8;
      sums[3] = sums[2];
      for (let k: i32 = 0; k < taps; k += 4) {
        const word0: i32 = loadFour(windows, k);
        const word1: i32 = loadFour(windows, taps + k);
        const pairs: Int32Array = registers(4);
        pairs[0] = spreadEven(word0);
        pairs[1] = spreadEven(word1);
        pairs[2] = spreadOdd(word0);
        pairs[3] = spreadOdd(word1);
        for (let t: i32 = 0; t < 4; t += 2) {
          const word: i32 = loadFour(layer.weights, at + t * 2);
          const even: i32 = spreadEven(word);
          const odd: i32 = spreadOdd(word);
          for (let p: i32 = 0; p < 2; p++) {
            sums[p] = dualMultiplyAdd(even, pairs[t + p], sums[p]);
            sums[p + 2] = dualMultiplyAdd(odd, pairs[t + p], sums[p + 2]);
          }
        }
        at += 8;
      }
      for (let s: i32 = 0; s < 2; s++) {
        const factor: i32 = layer.settings[(o + s) * 2 + 1];
        const shift: i32 = layer.settings[(o + s) * 2] & 255;
        const offset: i32 = shiftLeft(2 * zeroPoint + 1, shift - 1);
        output[first + o + s] = rescaleDoubled(sums[s * 2] * 2, factor, offset, shift, low, high);
        output[second + o + s] = rescaleDoubled(sums[s * 2 + 1] * 2, factor, offset, shift, low, high);
      }
    }
  }
}
