import { clamp, type i32, roundingDivide, unroll } from "./int.js";
import type { Pooling } from "./window.js";

/**
 * output[y, x, c] = clamp(Σ input[…, c] / number of taps), over the taps that lie in the image, to nearest, ties away
 * from zero.
 *
 *   input   int16 [inHeight, inWidth, channels]
 *   output  int16 [outHeight, outWidth, channels], of the input's scale and zero point
 *
 * Without padding the output may lie in the input's memory: no value is read at a position before the output's. Every
 * window has a tap in the image, and sums fit int32: the planner sees to it.
 *
 * Source: TFLM reference_integer_ops::AveragePool for int16.
 */
export function averagePoolInt16(layer: Pooling, input: Int16Array, output: Int16Array): void {
  for (let y: i32 = 0; y < layer.outHeight; y++) {
    for (let x: i32 = 0; x < layer.outWidth; x++) {
      for (let c: i32 = 0; c < layer.channels; c++) {
        let sum: i32 = 0;
        let count: i32 = 0;
        unroll(3);
        for (let ky: i32 = 0; ky < layer.kernelHeight; ky++) {
          const row: i32 = y * layer.strideY - layer.paddingTop + ky;
          if (layer.isPadded === 0 || (row >= 0 && row < layer.inHeight)) {
            unroll(3);
            for (let kx: i32 = 0; kx < layer.kernelWidth; kx++) {
              const column: i32 = x * layer.strideX - layer.paddingLeft + kx;
              if (layer.isPadded === 0 || (column >= 0 && column < layer.inWidth)) {
                sum += input[(row * layer.inWidth + column) * layer.channels + c];
                count += 1;
              }
            }
          }
        }
        const mean: i32 = roundingDivide(sum, count);
        output[(y * layer.outWidth + x) * layer.channels + c] = clamp(
          mean,
          layer.activationMin,
          layer.activationMax,
        );
      }
    }
  }
}
