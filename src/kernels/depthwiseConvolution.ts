import { clamp, type i32, requantizeToEven, rescale, shiftLeft } from "./int.js";
import type { ReferenceConvolution } from "./window.js";

export interface DepthwiseConvolution extends ReferenceConvolution {
  /** Output channels for each input channel. */
  readonly channelMultiplier: i32;
  /** int8 [kernelHeight, kernelWidth, outChannels], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outChannels]: as in the network, the input's zero point is not in it. */
  readonly bias: Int32Array;
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
          output[(y * layer.outWidth + x) * outChannels + o] =
            layer.rounding === 1
              ? clamp(
                  layer.outputZeroPoint +
                    requantizeToEven(accumulator, layer.multiplier[o], layer.rightShift[o]),
                  layer.activationMin,
                  layer.activationMax,
                )
              : rescale(
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
