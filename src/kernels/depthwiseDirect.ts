import { type i32, min, rescaleRectified, rescaleSettled, shiftLeft, unroll } from "./int.js";

export interface DepthwiseDirect {
  readonly inChannels: i32;
  /** Output channels for each input channel. */
  readonly channelMultiplier: i32;
  /** Lines of outputs, and values between them in the input and in the output. */
  readonly lines: i32;
  readonly lineStep: i32;
  readonly outputLineStep: i32;
  /** Outputs of a step, 1 to 6, and steps in a line; the last one starts at lastStart. */
  readonly strip: i32;
  readonly strips: i32;
  readonly lastStart: i32;
  /** Values between the outputs of a strip, in the input and in the output. */
  readonly stripStep: i32;
  readonly outputStripStep: i32;
  /** Taps of the window along strips and across them, and values between them in the input. */
  readonly tapsAlong: i32;
  readonly tapAlongStep: i32;
  readonly tapsAcross: i32;
  readonly tapAcrossStep: i32;
  /** int8 [outChannels, tapsAcross, tapsAlong], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outChannels]: the layer's bias − input zero point · Σ weights of that channel. */
  readonly bias: Int32Array;
  /** int32 [outChannels]: input scale · weight scale / output scale = multiplier / 2^31 / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [outChannels]: rightShift, less 1 where isRectified is 1. */
  readonly shift: Uint8Array;
  readonly outputZeroPoint: i32;
  /** 1 where activationMin is not below outputZeroPoint, else 0. */
  readonly isRectified: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link depthwiseConvolution} without padding, channel by channel, from the input as it lies, in strips of up to six
 * outputs, so that a value is loaded once for all outputs of the strip.
 *
 *   input   int8 [inHeight, inWidth, inChannels]
 *   output  int8 [outHeight, outWidth, inChannels · channelMultiplier]
 */
export function depthwiseDirect(layer: DepthwiseDirect, input: Int8Array, output: Int8Array): void {
  const isRectified: i32 = layer.isRectified;
  const low: i32 = layer.activationMin;
  const high: i32 = layer.activationMax;
  const step: i32 = layer.outputStripStep;
  for (let c: i32 = 0; c < layer.inChannels; c++) {
    for (let o: i32 = c * layer.channelMultiplier; o < (c + 1) * layer.channelMultiplier; o++) {
      const initial: i32 = layer.bias[o];
      const factor: i32 = layer.multiplier[o];
      const right: i32 = layer.shift[o];
      const offset: i32 = shiftLeft(2 * layer.outputZeroPoint + 1, right - 1);
      const firstWeight: i32 = o * layer.tapsAcross * layer.tapsAlong;
      for (let line: i32 = 0; line < layer.lines; line++) {
        for (let s: i32 = 0; s < layer.strips; s++) {
          const start: i32 = min(s * layer.strip, layer.lastStart);
          const first: i32 = line * layer.lineStep + start * layer.stripStep + c;
          const at: i32 = line * layer.outputLineStep + start * step + o;
          let accumulator0: i32 = initial;
          let accumulator1: i32 = initial;
          let accumulator2: i32 = initial;
          let accumulator3: i32 = initial;
          let accumulator4: i32 = initial;
          let accumulator5: i32 = initial;
          unroll(16);
          for (let q: i32 = 0; q < layer.tapsAcross; q++) {
            unroll(16);
            for (let k: i32 = 0; k < layer.tapsAlong; k++) {
              const w: i32 = layer.weights[firstWeight + q * layer.tapsAlong + k];
              const i: i32 = first + q * layer.tapAcrossStep + k * layer.tapAlongStep;
              accumulator0 += w * input[i];
              if (layer.strip > 1) {
                accumulator1 += w * input[i + layer.stripStep];
              }
              if (layer.strip > 2) {
                accumulator2 += w * input[i + 2 * layer.stripStep];
              }
              if (layer.strip > 3) {
                accumulator3 += w * input[i + 3 * layer.stripStep];
              }
              if (layer.strip > 4) {
                accumulator4 += w * input[i + 4 * layer.stripStep];
              }
              if (layer.strip > 5) {
                accumulator5 += w * input[i + 5 * layer.stripStep];
              }
            }
          }
          output[at] = rescaled(accumulator0, factor, offset, right, isRectified, low, high);
          if (layer.strip > 1) {
            output[at + step] = rescaled(accumulator1, factor, offset, right, isRectified, low, high);
          }
          if (layer.strip > 2) {
            output[at + 2 * step] = rescaled(accumulator2, factor, offset, right, isRectified, low, high);
          }
          if (layer.strip > 3) {
            output[at + 3 * step] = rescaled(accumulator3, factor, offset, right, isRectified, low, high);
          }
          if (layer.strip > 4) {
            output[at + 4 * step] = rescaled(accumulator4, factor, offset, right, isRectified, low, high);
          }
          if (layer.strip > 5) {
            output[at + 5 * step] = rescaled(accumulator5, factor, offset, right, isRectified, low, high);
          }
        }
      }
    }
  }
}

/** What an accumulator becomes: rescaleRectified or rescaleSettled. */
function rescaled(
  accumulator: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  isRectified: i32,
  low: i32,
  high: i32,
): i32 {
  return isRectified === 1
    ? rescaleRectified(accumulator, multiplier, offset, shift, low, high)
    : rescaleSettled(accumulator, multiplier, offset, shift, low, high);
}
