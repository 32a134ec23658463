import { type i32, rescale, shiftLeft } from "./int.js";

export interface DepthwiseConvolution {
  readonly inHeight: i32;
  readonly inWidth: i32;
  readonly inChannels: i32;
  readonly outHeight: i32;
  readonly outWidth: i32;
  /** Output channels for each input channel. */
  readonly channelMultiplier: i32;
  readonly kernelHeight: i32;
  readonly kernelWidth: i32;
  readonly strideY: i32;
  readonly strideX: i32;
  readonly dilationY: i32;
  readonly dilationX: i32;
  readonly paddingTop: i32;
  readonly paddingLeft: i32;
  readonly inputZeroPoint: i32;
  /** int8 [kernelHeight, kernelWidth, outChannels], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outChannels]: as in the network, the input's zero point is not in it. */
  readonly bias: Int32Array;
  /** int32 [outChannels]: input scale · weight scale / output scale = multiplier / 2^31 · 2^leftShift / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [outChannels] */
  readonly rightShift: Uint8Array;
  /** uint8 [outChannels]; empty where no factor is over 1. */
  readonly leftShift: Uint8Array;
  /** 1 when any factor is over 1, else 0. */
  readonly hasLeftShift: i32;
  readonly outputZeroPoint: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * output[y, x, o] = clamp(outputZeroPoint + requantize(bias[o] + Σ weights[ky, kx, o] · (input[…, c] − inputZeroPoint)))
 * over the taps that lie in the image, with o = c · channelMultiplier + m.
 *
 *   input   int8 [inHeight, inWidth, inChannels]
 *   output  int8 [outHeight, outWidth, inChannels · channelMultiplier]
 *
 * The reference: other kernels for depthwise convolutions must equal it. The accumulator cannot overflow int32: the
 * planner refuses layers where it could.
 *
 * Source: TFLM reference_integer_ops::DepthwiseConvPerChannel.
 */
export function depthwiseConvolution(layer: DepthwiseConvolution, input: Int8Array, output: Int8Array): void {
  const outChannels: i32 = layer.inChannels * layer.channelMultiplier;
  for (let y: i32 = 0; y < layer.outHeight; y++) {
    for (let x: i32 = 0; x < layer.outWidth; x++) {
      for (let c: i32 = 0; c < layer.inChannels; c++) {
        for (let m: i32 = 0; m < layer.channelMultiplier; m++) {
          const o: i32 = c * layer.channelMultiplier + m;
          let accumulator: i32 = layer.bias[o];
          for (let ky: i32 = 0; ky < layer.kernelHeight; ky++) {
            const row: i32 = y * layer.strideY - layer.paddingTop + ky * layer.dilationY;
            if (row >= 0 && row < layer.inHeight) {
              for (let kx: i32 = 0; kx < layer.kernelWidth; kx++) {
                const column: i32 = x * layer.strideX - layer.paddingLeft + kx * layer.dilationX;
                if (column >= 0 && column < layer.inWidth) {
                  const value: i32 = input[(row * layer.inWidth + column) * layer.inChannels + c];
                  const weight: i32 = layer.weights[(ky * layer.kernelWidth + kx) * outChannels + o];
                  accumulator += weight * (value - layer.inputZeroPoint);
                }
              }
            }
          }
          if (layer.hasLeftShift === 1) {
            accumulator = shiftLeft(accumulator, layer.leftShift[o]);
          }
          output[(y * layer.outWidth + x) * outChannels + o] = rescale(
            accumulator,
            layer.multiplier[o],
            layer.rightShift[o],
            layer.outputZeroPoint,
            layer.activationMin,
            layer.activationMax,
          );
        }
      }
    }
  }
}
