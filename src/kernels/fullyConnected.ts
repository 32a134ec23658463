import { clamp, type i32, requantize, requantizeToEven, shiftLeft } from "./int.js";

export interface FullyConnected {
  readonly inFeatures: i32;
  readonly outFeatures: i32;
  /** int8 [outFeatures, inFeatures], symmetric: zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outFeatures]: the layer's bias − input zero point · Σ weights of that output. */
  readonly bias: Int32Array;
  /** int32 [outFeatures]: input scale · weight scale / output scale = multiplier / 2^31 · 2^leftShift / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [outFeatures] */
  readonly rightShift: Uint8Array;
  /** uint8 [outFeatures]; empty where no factor is over 1. */
  readonly leftShift: Uint8Array;
  /** 1 when any factor is over 1, else 0. */
  readonly hasLeftShift: i32;
  /** How they are rounded: 0 in two steps, as TFLM does; 1 half to even of the product in float32, as onnxruntime does. */
  readonly rounding: i32;
  readonly outputZeroPoint: i32;
  /** Fused activation, in output steps: ReLU is [outputZeroPoint, 127]. */
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * output[o] = clamp(outputZeroPoint + requantize(bias[o] + Σᵢ weights[o, i] · input[i]))
 *
 *   input   int8 [inFeatures]
 *   output  int8 [outFeatures]
 *
 * The reference: other kernels for fully connected layers must equal it. The accumulator cannot overflow int32: the
 * quantizer refuses layers where it could.
 *
 * Source: Jacob et al. 2018, arXiv:1712.05877 §2.2; TFLM reference_integer_ops::FullyConnected.
 */
export function fullyConnected(layer: FullyConnected, input: Int8Array, output: Int8Array): void {
  for (let o: i32 = 0; o < layer.outFeatures; o++) {
    // the input's zero point is in the bias
    let accumulator: i32 = layer.bias[o];
    for (let i: i32 = 0; i < layer.inFeatures; i++) {
      accumulator += layer.weights[o * layer.inFeatures + i] * input[i];
    }
    if (layer.hasLeftShift === 1) {
      accumulator = shiftLeft(accumulator, layer.leftShift[o]);
    }
    const scaled: i32 =
      layer.rounding === 1
        ? requantizeToEven(accumulator, layer.multiplier[o], layer.rightShift[o])
        : requantize(accumulator, layer.multiplier[o], layer.rightShift[o]);
    output[o] = clamp(layer.outputZeroPoint + scaled, layer.activationMin, layer.activationMax);
  }
}
