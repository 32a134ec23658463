import { clamp, type i32, max, unroll } from "./int.js";
import type { Pooling } from "./window.js";

/**
 * output[y, x, c] = clamp(largest of input[…, c]), over the taps that lie in the image; −32768 where there are none.
 *
 *   input   int16 [inHeight, inWidth, channels]
 *   output  int16 [outHeight, outWidth, channels], of the input's scale and zero point
 *
 * Without padding the output may lie in the input's memory: no value is read at a position before the output's.
 *
 * Source: TFLM reference_integer_ops::MaxPool for int16.
 */
export function maxPoolInt16(layer: Pooling, input: Int16Array, output: Int16Array): void {
  for (let y: i32 = 0; y < layer.outHeight; y++) {
    for (let x: i32 = 0; x < layer.outWidth; x++) {
      for (let c: i32 = 0; c < layer.channels; c++) {
        let largest: i32 = -32768;
        unroll(3);
        for (let ky: i32 = 0; ky < layer.kernelHeight; ky++) {
          const row: i32 = y * layer.strideY - layer.paddingTop + ky;
          if (layer.isPadded === 0 || (row >= 0 && row < layer.inHeight)) {
            unroll(3);
            for (let kx: i32 = 0; kx < layer.kernelWidth; kx++) {
              const column: i32 = x * layer.strideX - layer.paddingLeft + kx;
              if (layer.isPadded === 0 || (column >= 0 && column < layer.inWidth)) {
                largest = max(largest, input[(row * layer.inWidth + column) * layer.channels + c]);
              }
            }
          }
        }
        output[(y * layer.outWidth + x) * layer.channels + c] = clamp(
          largest,
          layer.activationMin,
          layer.activationMax,
        );
      }
    }
  }
}
