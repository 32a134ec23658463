import { clamp, type i32, requantize, requantizeToEven, shiftLeft } from "./int.js";
import type { ReferenceConvolution } from "./window.js";

export interface Convolution extends ReferenceConvolution {
  readonly outChannels: i32;
  /** int8 [outChannels, kernelHeight, kernelWidth, inChannels], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outChannels] */
  readonly bias: Int32Array;
}

/**
 * output[y, x, o] = clamp(outputZeroPoint + requantize(bias[o] + Σ weights[o, ky, kx, i] · (input[…, i] − inputZeroPoint)))
 *
 *   input   int8 [inHeight, inWidth, inChannels], read at row y · strideY + ky · dilationY − paddingTop, columns alike;
 *           what lies outside adds nothing
 *   output  int8 [outHeight, outWidth, outChannels]
 *
 * The reference: other kernels for convolutions must equal it. The accumulator cannot overflow int32: the planner
 * refuses layers where it could.
 *
 * Source: TFLM reference_integer_ops::ConvPerChannel.
 */
export function convolution(layer: Convolution, input: Int8Array, output: Int8Array): void {
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
                for (let c: i32 = 0; c < layer.inChannels; c++) {
                  accumulator += layer.weights[w + c] * (input[i + c] - layer.inputZeroPoint);
                }
              }
            }
          }
        }
        if (layer.hasLeftShift === 1) {
          accumulator = shiftLeft(accumulator, layer.leftShift[o]);
        }
        const scaled: i32 =
          layer.rounding === 1
            ? requantizeToEven(accumulator, layer.multiplier[o], layer.rightShift[o])
            : requantize(accumulator, layer.multiplier[o], layer.rightShift[o]);
        output[(y * layer.outWidth + x) * layer.outChannels + o] = clamp(
          layer.outputZeroPoint + scaled,
          layer.activationMin,
          layer.activationMax,
        );
      }
    }
  }
}
