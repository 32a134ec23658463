import { type i32, min, registers, rescaleSettled, shiftLeft } from "./int.js";
import { dualMultiplyAdd, loadFour, rescaleDoubled, spreadEven, spreadOdd } from "./simd.js";

export interface DepthwiseShared {
  /**
   * int16 [22]: what other kernels have as numbers, so that layers of all shapes share one function: input rows, columns
   * and channels; output channels for each of them; a plane's start, gap and size; input zero point; lines of outputs,
   * values between them in the plane and in the output; strips of three outputs in a line, the start of the last one,
   * values between the outputs of a strip in the plane and in the output; number of taps; output zero point; activation
   * minimum and maximum; runs of taps, taps of one, and bytes of one in the plane.
   */
  readonly geometry: Int16Array;
  /**
   * int16 [taps]: where each tap of a window lies in the plane, from its first one; with packed arithmetic each four of
   * them, with the weights in front of the plane.
   */
  readonly tapOffsets: Int16Array;
  /** int8 [outChannels, taps], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outChannels]: the layer's bias − input zero point · Σ weights of that channel. */
  readonly bias: Int32Array;
  /** int32 [outChannels]: input scale · weight scale / output scale = multiplier / 2^31 / 2^shift. */
  readonly multiplier: Int32Array;
  /** uint8 [outChannels] */
  readonly shift: Uint8Array;
  /** 1 for cores with packed arithmetic: taps are taken in fours, and results rescaled in one multiplication. */
  readonly isPacked: i32;
  /** 0 where the activation's minimum and maximum are −128 and 127. */
  readonly isClamped: i32;
}

/**
 * {@link depthwiseConvolution} for all shapes in one function: depthwiseStrips with a plane of one channel and strips of
 * three. As each channel is read before it is written, the output may lie in the input's memory.
 *
 *   input   int8 [inHeight, inWidth, inChannels]
 *   output  int8 [outHeight, outWidth, inChannels · channelMultiplier]
 *   plane   int8 [planeSize]
 */
export function depthwiseShared(
  layer: DepthwiseShared,
  input: Int8Array,
  output: Int8Array,
  plane: Int8Array,
): void {
  const inHeight: i32 = layer.geometry[0];
  const inWidth: i32 = layer.geometry[1];
  const inChannels: i32 = layer.geometry[2];
  const channelMultiplier: i32 = layer.geometry[3];
  const planeStart: i32 = layer.geometry[4];
  const planeGap: i32 = layer.geometry[5];
  const planeSize: i32 = layer.geometry[6];
  const inputZeroPoint: i32 = layer.geometry[7];
  const lines: i32 = layer.geometry[8];
  const lineStep: i32 = layer.geometry[9];
  const outputLineStep: i32 = layer.geometry[10];
  const strips: i32 = layer.geometry[11];
  const lastStart: i32 = layer.geometry[12];
  const stripStep: i32 = layer.geometry[13];
  const outputStripStep: i32 = layer.geometry[14];
  const taps: i32 = layer.geometry[15];
  const outputZeroPoint: i32 = layer.geometry[16];
  const low: i32 = layer.isClamped === 1 ? layer.geometry[17] : -128;
  const high: i32 = layer.isClamped === 1 ? layer.geometry[18] : 127;
  for (let i: i32 = 0; i < planeSize; i++) {
    plane[i] = inputZeroPoint;
  }
  if (layer.isPacked === 1) {
    for (let i: i32 = 0; i < taps * 4; i++) {
      plane[i] = 0;
    }
  }
  for (let c: i32 = 0; c < inChannels; c++) {
    let from: i32 = c;
    let to: i32 = planeStart;
    for (let y: i32 = 0; y < inHeight; y++) {
      for (let x: i32 = 0; x < inWidth; x++) {
        plane[to] = input[from];
        to += 1;
        from += inChannels;
      }
      to += planeGap;
    }
    for (let o: i32 = c * channelMultiplier; o < (c + 1) * channelMultiplier; o++) {
      const initial: i32 = layer.bias[o];
      const factor: i32 = layer.multiplier[o];
      const right: i32 = layer.shift[o];
      const offset: i32 = shiftLeft(2 * outputZeroPoint + 1, right - 1);
      if (layer.isPacked === 1) {
        let weight: i32 = o * layer.geometry[19] * layer.geometry[20];
        for (let run: i32 = 0; run < layer.geometry[19]; run++) {
          for (let k: i32 = 0; k < layer.geometry[20]; k++) {
            plane[run * layer.geometry[21] + k] = layer.weights[weight];
            weight++;
          }
        }
      }
      for (let line: i32 = 0; line < lines; line++) {
        for (let s: i32 = 0; s < strips; s++) {
          const start: i32 = min(3 * s, lastStart);
          const first: i32 = line * lineStep + start * stripStep;
          const at: i32 = line * outputLineStep + start * outputStripStep + o;
          const accumulator: Int32Array = registers(3);
          for (let p: i32 = 0; p < 3; p++) {
            accumulator[p] = initial;
          }
          for (let t: i32 = 0; t < taps; t++) {
            const i: i32 = first + layer.tapOffsets[t];
            if (layer.isPacked === 1) {
              const four: i32 = loadFour(plane, t * 4);
              const even: i32 = spreadEven(four);
              const odd: i32 = spreadOdd(four);
              for (let p: i32 = 0; p < 3; p++) {
                const values: i32 = loadFour(plane, i + p * stripStep);
                accumulator[p] = dualMultiplyAdd(even, spreadEven(values), accumulator[p]);
                accumulator[p] = dualMultiplyAdd(odd, spreadOdd(values), accumulator[p]);
              }
            } else {
              const w: i32 = layer.weights[o * taps + t];
              for (let p: i32 = 0; p < 3; p++) {
                accumulator[p] += w * plane[i + p * stripStep];
              }
            }
          }
          for (let p: i32 = 0; p < 3; p++) {
            output[at + p * outputStripStep] =
              layer.isPacked === 1
                ? rescaleDoubled(accumulator[p] * 2, factor, offset, right, low, high)
                : rescaleSettled(accumulator[p], factor, offset, right, low, high);
          }
        }
      }
    }
  }
}
