import { clamp, type i32, requantizeToEven, rescale, shiftLeft, unroll } from "./int.js";

export interface Mean {
  /** Rows times columns. */
  readonly positions: i32;
  /** Largest multiple of 8 up to positions. */
  readonly unrolledPositions: i32;
  readonly channels: i32;
  /** −positions · input zero point: what the sum starts from. */
  readonly start: i32;
  /** input scale / output scale / positions = multiplier / 2^31 · 2^leftShift / 2^rightShift. */
  readonly multiplier: i32;
  readonly leftShift: i32;
  readonly rightShift: i32;
  /** How it is rounded: 0 in two steps, as TFLM does; 1 half to even of the product in float32, as onnxruntime does. */
  readonly rounding: i32;
  readonly outputZeroPoint: i32;
}

/**
 * output[c] = clamp(outputZeroPoint + requantize(Σ (input[p, c] − input zero point))): the mean over all positions.
 *
 *   input   int8 [positions, channels]
 *   output  int8 [channels]
 *
 * The sum cannot overflow int32: the planner refuses layers where it could. As each channel is read before it is
 * written, the output may lie in the input's memory.
 *
 * Source: TFLM reference_ops::QuantizedMeanOrSum, which micro/kernels/reduce_common.cc EvalIntegerMean takes for every
 * int8 MEAN, of equal scales too.
 */
export function mean(layer: Mean, input: Int8Array, output: Int8Array): void {
  for (let c: i32 = 0; c < layer.channels; c++) {
    let sum: i32 = layer.start;
    let i: i32 = c;
    for (let p: i32 = 0; p < layer.unrolledPositions; p += 8) {
      unroll(8);
      for (let k: i32 = 0; k < 8; k++) {
        sum += input[i + k * layer.channels];
      }
      i += 8 * layer.channels;
    }
    unroll(8);
    for (let k: i32 = 0; k < layer.positions - layer.unrolledPositions; k++) {
      sum += input[i + k * layer.channels];
    }
    output[c] =
      layer.rounding === 1
        ? clamp(layer.outputZeroPoint + requantizeToEven(sum, layer.multiplier, layer.rightShift), -128, 127)
        : rescale(
            shiftLeft(sum, layer.leftShift),
            layer.multiplier,
            layer.rightShift,
            layer.outputZeroPoint,
            -128,
            127,
          );
  }
}
