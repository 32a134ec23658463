import { type i32, max, min, requantize, rescale, shiftLeft } from "./int.js";

export interface Elementwise {
  /** 0 x + y, 1 x · y, 2 the larger, 3 the smaller, 4 x where it is 0 or more, else x · y. */
  readonly operation: i32;
  /** The output's values as [planes, rows, width]. */
  readonly planes: i32;
  readonly rows: i32;
  readonly width: i32;
  /** How far apart the inputs' values lie: 0 where they are repeated. */
  readonly input1PlaneStride: i32;
  readonly input1RowStride: i32;
  readonly input1Stride: i32;
  readonly input2PlaneStride: i32;
  readonly input2RowStride: i32;
  readonly input2Stride: i32;
  readonly input1ZeroPoint: i32;
  readonly input2ZeroPoint: i32;
  /** Of a sum: how its terms are rescaled. Of operation 4: how an x of 0 or more is. */
  readonly input1LeftShift: i32;
  readonly input1Multiplier: i32;
  readonly input1RightShift: i32;
  readonly input2LeftShift: i32;
  readonly input2Multiplier: i32;
  readonly input2RightShift: i32;
  /** 1, or −1 for a difference. */
  readonly input2Sign: i32;
  readonly leftShift: i32;
  readonly multiplier: i32;
  readonly rightShift: i32;
  readonly outputZeroPoint: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * One value of two, either of which may be repeated along some axes.
 *
 *   input1, input2  int8
 *   output          int8 [planes, rows, width]
 *
 * Inputs that fill the output may lie in its memory: each value is read before its place is written.
 *
 * Source: TFLM reference/integer_ops/add.h and mul.h, sub.h, maximum_minimum.h, prelu.h.
 */
export function elementwise(
  layer: Elementwise,
  input1: Int8Array,
  input2: Int8Array,
  output: Int8Array,
): void {
  for (let p: i32 = 0; p < layer.planes; p++) {
    for (let r: i32 = 0; r < layer.rows; r++) {
      const from1: i32 = p * layer.input1PlaneStride + r * layer.input1RowStride;
      const from2: i32 = p * layer.input2PlaneStride + r * layer.input2RowStride;
      for (let i: i32 = 0; i < layer.width; i++) {
        const x: i32 = input1[from1 + i * layer.input1Stride] - layer.input1ZeroPoint;
        const y: i32 = input2[from2 + i * layer.input2Stride] - layer.input2ZeroPoint;
        let value: i32 = x * y;
        if (layer.operation === 0) {
          value =
            requantize(shiftLeft(x, layer.input1LeftShift), layer.input1Multiplier, layer.input1RightShift) +
            layer.input2Sign *
              requantize(shiftLeft(y, layer.input2LeftShift), layer.input2Multiplier, layer.input2RightShift);
        }
        if (layer.operation === 2) {
          value = max(x, y);
        }
        if (layer.operation === 3) {
          value = min(x, y);
        }
        if (layer.operation === 4 && x >= 0) {
          output[(p * layer.rows + r) * layer.width + i] = rescale(
            shiftLeft(x, layer.input1LeftShift),
            layer.input1Multiplier,
            layer.input1RightShift,
            layer.outputZeroPoint,
            layer.activationMin,
            layer.activationMax,
          );
        } else {
          output[(p * layer.rows + r) * layer.width + i] = rescale(
            shiftLeft(value, layer.leftShift),
            layer.multiplier,
            layer.rightShift,
            layer.outputZeroPoint,
            layer.activationMin,
            layer.activationMax,
          );
        }
      }
    }
  }
}
