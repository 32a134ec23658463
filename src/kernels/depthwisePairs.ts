import { type i32, min, registers, shiftLeft, unroll } from "./int.js";
import {
  crossMultiplyAdd,
  dualMultiplyAdd,
  loadPair,
  packLow,
  rescaleDoubled,
  rescaleScaled,
  storePair,
} from "./simd.js";

export interface DepthwisePairs {
  /** As many as there are output channels. */
  readonly channels: i32;
  /** Values of a channel are copied in lines of chunks of up to 8; the last chunk starts at lastChunk. */
  readonly copiedLines: i32;
  readonly chunk: i32;
  readonly chunks: i32;
  readonly lastChunk: i32;
  /** Values between copied lines, and between their values, in the input and in the plane. */
  readonly fromLineStep: i32;
  readonly fromStep: i32;
  readonly toLineStep: i32;
  readonly toStep: i32;
  /** Where the padded channel and its first value lie in `plane`, behind the weights, and where it ends. */
  readonly planeStart: i32;
  readonly firstValue: i32;
  readonly planeEnd: i32;
  readonly inputZeroPoint: i32;
  /** Lines of outputs, and values between them in the plane and in the output. */
  readonly lines: i32;
  readonly lineStep: i32;
  readonly outputLineStep: i32;
  /** Outputs of a strip, 1 to 8, and strips in a line; the last one starts at lastStart. */
  readonly strip: i32;
  readonly strips: i32;
  readonly lastStart: i32;
  /** Values between the outputs of a strip, in the plane and in the output. */
  readonly stripStep: i32;
  readonly outputStripStep: i32;
  /** Pairs of values under the windows of a strip. */
  readonly pairs: i32;
  /** Taps of the window along strips, 2 or more and next to each other, and across them; values between the latter. */
  readonly tapsAlong: i32;
  readonly tapsAcross: i32;
  readonly tapAcrossStep: i32;
  /** int8 [channels, tapsAcross, tapsAlong], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [channels]: (the layer's bias − input zero point · Σ weights of that channel) · 2^scale. */
  readonly bias: Int32Array;
  /** int32 [channels]: input scale · weight scale / output scale = multiplier / 2^31 / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** 1 where sums are scaled so that `rightShift` serves all channels, else 0. */
  readonly hasOneShift: i32;
  /** All channels' right shift, less 1 and plus scale, or 0. */
  readonly rightShift: i32;
  /** uint8 [channels]: scale, by which sums are multiplied as 2^scale, or where that is 1 everywhere the right shift. */
  readonly shift: Uint8Array;
  readonly outputZeroPoint: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link depthwiseConvolution} two taps at a time. A channel is first copied into a plane of int16 with its padding, in
 * lines along which two values are a word; so the output may lie in the input's memory. A word meets two weights of an
 * output in one instruction. For the output whose window starts at its second value it meets one, and so it does at a
 * window's end: weights lie in words too, the first two, the second and the third, and so on.
 *
 *   input   int8 [inHeight, inWidth, channels]
 *   output  int8 [outHeight, outWidth, channels]
 *   plane   int16 [planeEnd]: 2 · tapsAcross · (tapsAlong − 1) for the weights of a channel, and the channel
 */
export function depthwisePairs(
  layer: DepthwisePairs,
  input: Int8Array,
  output: Int8Array,
  plane: Int16Array,
): void {
  const low: i32 = layer.activationMin;
  const high: i32 = layer.activationMax;
  const hasOneShift: i32 = layer.hasOneShift;
  const rowWords: i32 = layer.tapsAlong - 1;
  for (let i: i32 = layer.planeStart; i < layer.planeEnd; i++) {
    plane[i] = layer.inputZeroPoint;
  }
  for (let c: i32 = 0; c < layer.channels; c++) {
    for (let line: i32 = 0; line < layer.copiedLines; line++) {
      for (let s: i32 = 0; s < layer.chunks; s++) {
        const start: i32 = min(s * layer.chunk, layer.lastChunk);
        const from: i32 = line * layer.fromLineStep + start * layer.fromStep + c;
        const to: i32 = layer.firstValue + line * layer.toLineStep + start * layer.toStep;
        // a load behind a load takes a cycle, one behind a store two
        const values: Int32Array = registers(layer.chunk);
        for (let k: i32 = 0; k < layer.chunk; k++) {
          values[k] = input[from + k * layer.fromStep];
        }
        for (let k: i32 = 0; k < layer.chunk; k++) {
          plane[to + k * layer.toStep] = values[k];
        }
      }
    }
    const scale: i32 = hasOneShift === 1 ? layer.shift[c] : 1;
    unroll(16);
    for (let q: i32 = 0; q < layer.tapsAcross; q++) {
      const first: i32 = (c * layer.tapsAcross + q) * layer.tapsAlong;
      let weight: i32 = shiftLeft(layer.weights[first], scale);
      unroll(16);
      for (let k: i32 = 0; k < rowWords; k++) {
        const next: i32 = shiftLeft(layer.weights[first + k + 1], scale);
        storePair(plane, 2 * (q * rowWords + k), packLow(weight, next));
        weight = next;
      }
    }
    const initial: i32 = layer.bias[c];
    const factor: i32 = layer.multiplier[c];
    const right: i32 = hasOneShift === 1 ? layer.rightShift : layer.shift[c];
    const half: i32 = shiftLeft(2 * layer.outputZeroPoint + 1, right - 1);
    const offset: i32 = hasOneShift === 1 ? half + shiftLeft(1, scale - 2) : half;
    for (let line: i32 = 0; line < layer.lines; line++) {
      for (let s: i32 = 0; s < layer.strips; s++) {
        const start: i32 = min(s * layer.strip, layer.lastStart);
        const first: i32 = layer.planeStart + line * layer.lineStep + start * layer.stripStep;
        const at: i32 = line * layer.outputLineStep + start * layer.outputStripStep + c;
        const sums: Int32Array = registers(layer.strip);
        for (let p: i32 = 0; p < layer.strip; p++) {
          sums[p] = initial;
        }
        unroll(16);
        for (let q: i32 = 0; q < layer.tapsAcross; q++) {
          unroll(16);
          for (let j: i32 = 0; j < layer.pairs; j++) {
            const pair: i32 = loadPair(plane, first + q * layer.tapAcrossStep + 2 * j);
            for (let p: i32 = 0; p < layer.strip; p++) {
              sums[p] = withTaps(plane, q * rowWords, rowWords, 2 * j - p * layer.stripStep, pair, sums[p]);
            }
          }
        }
        for (let p: i32 = 0; p < layer.strip; p++) {
          output[at + p * layer.outputStripStep] = rescaled(
            sums[p],
            factor,
            offset,
            right,
            hasOneShift,
            low,
            high,
          );
        }
      }
    }
  }
}

/**
 * A sum and the products of a pair of values with the weights of their taps, where the window has them.
 *
 * @param row word of the row's first two weights
 * @param tap of the first value
 */
function withTaps(plane: Int16Array, row: i32, rowWords: i32, tap: i32, pair: i32, sum: i32): i32 {
  if (tap >= 0 && tap < rowWords) {
    return dualMultiplyAdd(pair, loadPair(plane, 2 * (row + tap)), sum);
  }
  if (tap === -1) {
    return crossMultiplyAdd(pair, loadPair(plane, 2 * row), sum);
  }
  if (tap === rowWords) {
    return crossMultiplyAdd(loadPair(plane, 2 * (row + tap - 1)), pair, sum);
  }
  return sum;
}

/** What a sum becomes: rescaleScaled or rescaleDoubled. */
function rescaled(
  sum: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  hasOneShift: i32,
  low: i32,
  high: i32,
): i32 {
  return hasOneShift === 1
    ? rescaleScaled(sum, multiplier, offset, shift, low, high)
    : rescaleDoubled(sum, multiplier, offset, shift, low, high);
}
