import { clamp, type i32, requantizeOnce, unroll } from "./int.js";
import type { Int16Convolution } from "./window.js";

export interface ConvolutionInt16 extends Int16Convolution {
  readonly outChannels: i32;
  /** int8 [outChannels, kernelHeight, kernelWidth, inChannels], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outChannels], scale = input scale · weight scale. */
  readonly bias: Int32Array;
}

/**
 * output[y, x, o] = clamp(requantizeOnce(bias[o] + Σ weights[o, ky, kx, i] · input[…, i]))
 *
 *   input   int16 [inHeight, inWidth, inChannels], zero point 0, read at row y · strideY + ky · dilationY − paddingTop,
 *           columns alike; what lies outside adds nothing
 *   output  int16 [outHeight, outWidth, outChannels], zero point 0
 *
 * TensorFlow Lite Micro adds up in 64 bits. Here every partial sum fits int32, by the weights as they are: the planner
 * refuses layers where one could not.
 *
 * Source: TFLM reference_integer_ops::ConvPerChannel for int16.
 */
export function convolutionInt16(layer: ConvolutionInt16, input: Int16Array, output: Int16Array): void {
  for (let y: i32 = 0; y < layer.outHeight; y++) {
    for (let x: i32 = 0; x < layer.outWidth; x++) {
      for (let o: i32 = 0; o < layer.outChannels; o++) {
        let accumulator: i32 = layer.bias[o];
        for (let ky: i32 = 0; ky < layer.kernelHeight; ky++) {
          const inY: i32 = y * layer.strideY + ky * layer.dilationY - layer.paddingTop;
          if (inY >= 0 && inY < layer.inHeight) {
            for (let kx: i32 = 0; kx < layer.kernelWidth; kx++) {
              const inX: i32 = x * layer.strideX + kx * layer.dilationX - layer.paddingLeft;
              if (inX >= 0 && inX < layer.inWidth) {
                const i: i32 = (inY * layer.inWidth + inX) * layer.inChannels;
                const w: i32 = ((o * layer.kernelHeight + ky) * layer.kernelWidth + kx) * layer.inChannels;
                unroll(8);
                for (let c: i32 = 0; c < layer.inChannels; c++) {
                  accumulator += layer.weights[w + c] * input[i + c];
                }
              }
            }
          }
        }
        output[(y * layer.outWidth + x) * layer.outChannels + o] = clamp(
          requantizeOnce(accumulator, layer.multiplier[o], layer.rightShift[o]),
          layer.activationMin,
          layer.activationMax,
        );
      }
    }
  }
}
