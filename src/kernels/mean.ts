import { type i32, rescale, shiftLeft } from "./int.js";

export interface Mean {
  /** Rows times columns. */
  readonly positions: i32;
  readonly channels: i32;
  /** −positions · input zero point: what the sum starts from. */
  readonly start: i32;
  /** input scale / output scale / positions = multiplier / 2^31 · 2^leftShift / 2^rightShift. */
  readonly multiplier: i32;
  readonly leftShift: i32;
  readonly rightShift: i32;
  readonly outputZeroPoint: i32;
}

/**
 * output[c] = clamp(outputZeroPoint + requantize(Σ (input[p, c] − input zero point))): the mean over all positions.
 *
 *   input   int8 [positions, channels]
 *   output  int8 [channels]
 *
 * The sum cannot overflow int32: the planner refuses layers where it could.
 *
 * Source: TFLM reference_ops::QuantizedMeanOrSum, which micro/kernels/reduce_common.cc EvalIntegerMean takes for every
 * int8 MEAN, of equal scales too.
 */
export function mean(layer: Mean, input: Int8Array, output: Int8Array): void {
  for (let c: i32 = 0; c < layer.channels; c++) {
    let sum: i32 = layer.start;
    for (let p: i32 = 0; p < layer.positions; p++) {
      sum += input[p * layer.channels + c];
    }
    output[c] = rescale(
      shiftLeft(sum, layer.leftShift),
      layer.multiplier,
      layer.rightShift,
      layer.outputZeroPoint,
      -128,
      127,
    );
  }
}
