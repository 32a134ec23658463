import {
  copyFour,
  type i32,
  min,
  registers,
  rescaleRectified,
  rescaleSettled,
  shiftLeft,
  unroll,
} from "./int.js";

export interface DepthwiseStrips {
  readonly inHeight: i32;
  readonly inWidth: i32;
  readonly inChannels: i32;
  /** Output channels for each input channel; 1 where group is 4. */
  readonly channelMultiplier: i32;
  /** 1 where channels are copied to `plane`, 0 where no window reaches into padding and all is read from the input. */
  readonly hasPlane: i32;
  /** Channels in a plane, 1 or 4 (1 where there is none), and planes; the last one holds fewer where they do not divide. */
  readonly group: i32;
  readonly groups: i32;
  readonly restChannels: i32;
  /** Largest multiple of 6 up to inWidth. */
  readonly copiedWidth: i32;
  /** Values of a plane in front of the image, from a row's end to the next row's start, and in all. */
  readonly planeStart: i32;
  readonly planeGap: i32;
  readonly planeSize: i32;
  readonly inputZeroPoint: i32;
  /** Lines of outputs, and values between them in the plane, or else the input, and in the output. */
  readonly lines: i32;
  readonly lineStep: i32;
  readonly outputLineStep: i32;
  /** Outputs of a step, 1 to 6, and steps in a line; the last one starts at lastStart. */
  readonly strip: i32;
  readonly strips: i32;
  readonly lastStart: i32;
  /** Values between the outputs of a strip, there and in the output. */
  readonly stripStep: i32;
  readonly outputStripStep: i32;
  /** Taps of the window along strips and across them, and values between them there. */
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
 * {@link depthwiseConvolution} channel by channel, in strips of up to six outputs, so that a value is loaded once for
 * all outputs of the strip. Where windows reach into padding, or the output should lie in the input's memory, a channel is
 * first copied into a plane with its padding, so that it is read before it is written. Without a plane the members of a
 * group are counted from its first output channel, which saves three instructions a channel.
 *
 *   input   int8 [inHeight, inWidth, inChannels]
 *   output  int8 [outHeight, outWidth, inChannels · channelMultiplier]
 *   plane   int8 [planeSize], or nothing where values are read from the input as it lies
 */
export function depthwiseStrips(
  layer: DepthwiseStrips,
  input: Int8Array,
  output: Int8Array,
  plane: Int8Array,
): void {
  const isRectified: i32 = layer.isRectified;
  const low: i32 = layer.activationMin;
  const high: i32 = layer.activationMax;
  const step: i32 = layer.outputStripStep;
  const end: i32 = layer.planeStart + layer.inHeight * (layer.inWidth * layer.group + layer.planeGap);
  if (layer.hasPlane === 1) {
    for (let i: i32 = 0; i < layer.planeStart; i++) {
      plane[i] = layer.inputZeroPoint;
    }
    for (let y: i32 = 1; y < layer.inHeight; y++) {
      const row: i32 = layer.planeStart + y * (layer.inWidth * layer.group + layer.planeGap);
      for (let i: i32 = row - layer.planeGap; i < row; i++) {
        plane[i] = layer.inputZeroPoint;
      }
    }
    for (let i: i32 = end - layer.planeGap; i < layer.planeSize; i++) {
      plane[i] = layer.inputZeroPoint;
    }
  }
  for (let g: i32 = 0; g < layer.groups; g++) {
    const c: i32 = g * layer.group;
    const members: i32 = layer.restChannels > 0 ? min(layer.group, layer.inChannels - c) : layer.group;
    let from: i32 = c;
    let to: i32 = layer.planeStart;
    if (layer.hasPlane === 1) {
      if (members === layer.group) {
        for (let y: i32 = 0; y < layer.inHeight; y++) {
          for (let x: i32 = 0; x < layer.copiedWidth; x += 6) {
            unroll(6);
            for (let k: i32 = 0; k < 6; k++) {
              if (layer.group === 4) {
                copyFour(plane, to + 4 * k, input, from + k * layer.inChannels);
              } else {
                plane[to + k] = input[from + k * layer.inChannels];
              }
            }
            to += 6 * layer.group;
            from += 6 * layer.inChannels;
          }
          unroll(6);
          for (let k: i32 = 0; k < layer.inWidth - layer.copiedWidth; k++) {
            if (layer.group === 4) {
              copyFour(plane, to + 4 * k, input, from + k * layer.inChannels);
            } else {
              plane[to + k] = input[from + k * layer.inChannels];
            }
          }
          to += (layer.inWidth - layer.copiedWidth) * layer.group + layer.planeGap;
          from += (layer.inWidth - layer.copiedWidth) * layer.inChannels;
        }
      } else {
        for (let y: i32 = 0; y < layer.inHeight; y++) {
          for (let x: i32 = 0; x < layer.inWidth; x++) {
            for (let k: i32 = 0; k < members; k++) {
              plane[to + k] = input[from + k];
            }
            to += layer.group;
            from += layer.inChannels;
          }
          to += layer.planeGap;
        }
      }
    }
    for (
      let m: i32 = layer.hasPlane === 1 ? 0 : c * layer.channelMultiplier;
      m < (layer.hasPlane === 1 ? members : c + members) * layer.channelMultiplier;
      m++
    ) {
      const o: i32 = layer.hasPlane === 1 ? c * layer.channelMultiplier + m : m;
      // several output channels of one input channel have a plane of one channel
      const member: i32 = layer.hasPlane === 0 ? c : layer.group === 1 ? 0 : m;
      const initial: i32 = layer.bias[o];
      const factor: i32 = layer.multiplier[o];
      const right: i32 = layer.shift[o];
      const offset: i32 = shiftLeft(2 * layer.outputZeroPoint + 1, right - 1);
      const firstWeight: i32 = o * layer.tapsAcross * layer.tapsAlong;
      for (let line: i32 = 0; line < layer.lines; line++) {
        for (let s: i32 = 0; s < layer.strips; s++) {
          const start: i32 = min(s * layer.strip, layer.lastStart);
          const first: i32 = line * layer.lineStep + start * layer.stripStep + member;
          const at: i32 = line * layer.outputLineStep + start * step + o;
          const accumulator: Int32Array = registers(layer.strip);
          for (let p: i32 = 0; p < layer.strip; p++) {
            accumulator[p] = initial;
          }
          unroll(16);
          for (let q: i32 = 0; q < layer.tapsAcross; q++) {
            unroll(16);
            for (let k: i32 = 0; k < layer.tapsAlong; k++) {
              const w: i32 = layer.weights[firstWeight + q * layer.tapsAlong + k];
              const i: i32 = first + q * layer.tapAcrossStep + k * layer.tapAlongStep;
              for (let p: i32 = 0; p < layer.strip; p++) {
                accumulator[p] +=
                  w *
                  (layer.hasPlane === 1 ? plane[i + p * layer.stripStep] : input[i + p * layer.stripStep]);
              }
            }
          }
          for (let p: i32 = 0; p < layer.strip; p++) {
            output[at + p * step] = rescaled(accumulator[p], factor, offset, right, isRectified, low, high);
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
