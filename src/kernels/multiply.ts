import { type i32, rescale, shiftLeft } from "./int.js";

export interface Multiply {
  readonly size: i32;
  readonly input1ZeroPoint: i32;
  readonly input2ZeroPoint: i32;
  /** input 1 scale · input 2 scale / output scale = multiplier / 2^31 · 2^leftShift / 2^rightShift. */
  readonly multiplier: i32;
  readonly leftShift: i32;
  readonly rightShift: i32;
  readonly outputZeroPoint: i32;
  /** Fused activation, in output steps: ReLU is [outputZeroPoint, 127]. */
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * output[i] = clamp(input1[i] · input2[i]) in real numbers.
 *
 *   input1, input2  int8 [size]
 *   output          int8 [size]
 *
 * Source: TFLM reference_integer_ops::Mul (reference/integer_ops/mul.h MulElementwise).
 */
export function multiply(layer: Multiply, input1: Int8Array, input2: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    const product: i32 = (input1[i] - layer.input1ZeroPoint) * (input2[i] - layer.input2ZeroPoint);
    output[i] = rescale(
      shiftLeft(product, layer.leftShift),
      layer.multiplier,
      layer.rightShift,
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
  }
}
