import { type i32, requantize, rescale, shiftLeft } from "./int.js";

export interface Add {
  readonly size: i32;
  readonly input1ZeroPoint: i32;
  readonly input2ZeroPoint: i32;
  /** input 1 scale / (2 · larger input scale) = multiplier / 2^31 / 2^rightShift. */
  readonly input1Multiplier: i32;
  readonly input1RightShift: i32;
  /** The same for input 2. */
  readonly input2Multiplier: i32;
  readonly input2RightShift: i32;
  /** 2 · larger input scale / (2^20 · output scale) = multiplier / 2^31 / 2^rightShift. */
  readonly outputMultiplier: i32;
  readonly outputRightShift: i32;
  readonly outputZeroPoint: i32;
  /** Fused activation, in output steps: ReLU is [outputZeroPoint, 127]. */
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * output[i] = clamp(input1[i] + input2[i]) in real numbers: both inputs with 20 bits after the point, rescaled to twice
 * the larger of their scales, so that their sum fits int32.
 *
 *   input1, input2  int8 [size]
 *   output          int8 [size]
 *
 * The reference: {@link addTable} must equal it. The shifted inputs stay below 2^28, the rescaled ones below 2^27.
 *
 * Source: TFLM reference_integer_ops::Add (reference/integer_ops/add.h AddFunc), left_shift 20.
 */
export function add(layer: Add, input1: Int8Array, input2: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    const scaled1: i32 = requantize(
      shiftLeft(input1[i] - layer.input1ZeroPoint, 20),
      layer.input1Multiplier,
      layer.input1RightShift,
    );
    const scaled2: i32 = requantize(
      shiftLeft(input2[i] - layer.input2ZeroPoint, 20),
      layer.input2Multiplier,
      layer.input2RightShift,
    );
    output[i] = rescale(
      scaled1 + scaled2,
      layer.outputMultiplier,
      layer.outputRightShift,
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
  }
}
