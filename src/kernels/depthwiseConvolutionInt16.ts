import { clamp, type i32, requantizeOnce } from "./int.js";
import type { Int16Convolution } from "./window.js";

export interface DepthwiseConvolutionInt16 extends Int16Convolution {
  /** Output channels for each input channel. */
  readonly channelMultiplier: i32;
  /** int8 [kernelHeight, kernelWidth, outChannels], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outChannels], scale = input scale · weight scale. */
  readonly bias: Int32Array;
}

/**
 * output[y, x, o] = clamp(requantizeOnce(bias[o] + Σ weights[ky, kx, o] · input[…, c])) over the taps that lie in the
 * image, with o = c · channelMultiplier + m.
 *
 *   input   int16 [inHeight, inWidth, inChannels], zero point 0
 *   output  int16 [outHeight, outWidth, inChannels · channelMultiplier], zero point 0
 *
 * Every partial sum fits int32: what is said of convolutionInt16 holds here too.
 *
 * Source: TFLM reference_integer_ops::DepthwiseConvPerChannel for int16.
 */
export function depthwiseConvolutionInt16(
  layer: DepthwiseConvolutionInt16,
  input: Int16Array,
  output: Int16Array,
): void {
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
                  accumulator +=
                    layer.weights[(ky * layer.kernelWidth + kx) * outChannels + o] *
                    input[(row * layer.inWidth + column) * layer.inChannels + c];
                }
              }
            }
          }
          output[(y * layer.outWidth + x) * outChannels + o] = clamp(
            requantizeOnce(accumulator, layer.multiplier[o], layer.rightShift[o]),
            layer.activationMin,
            layer.activationMax,
          );
        }
      }
    }
  }
}
