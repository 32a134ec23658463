import { type i32, rescale, unroll } from "./int.js";

export interface FullyConnectedBlocked {
  readonly inFeatures: i32;
  readonly outFeatures: i32;
  /** Largest multiple of 8 up to inFeatures. */
  readonly unrolledInFeatures: i32;
  /** Largest multiple of 4 up to outFeatures. */
  readonly blockedOutFeatures: i32;
  /** int8 [blockedOutFeatures / 4, inFeatures, 4], then the other rows as [rest, inFeatures]; zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outFeatures]: the layer's bias − input zero point · Σ weights of that output. */
  readonly bias: Int32Array;
  /** int32 [outFeatures]: input scale · weight scale / output scale = multiplier / 2^31 / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [outFeatures] */
  readonly rightShift: Uint8Array;
  readonly outputZeroPoint: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link fullyConnected} with four outputs a step, so that each input is loaded once for four of them, and eight
 * inputs a step, so that the weights' addresses are constants: 76 instructions for 32 multiply-accumulates on a
 * Cortex-M4. For layers without a factor over 1.
 *
 *   input   int8 [inFeatures]
 *   output  int8 [outFeatures]
 */
export function fullyConnectedBlocked(
  layer: FullyConnectedBlocked,
  input: Int8Array,
  output: Int8Array,
): void {
  for (let o: i32 = 0; o < layer.blockedOutFeatures; o += 4) {
    // the input's zero point is in the bias
    let accumulator0: i32 = layer.bias[o];
    let accumulator1: i32 = layer.bias[o + 1];
    let accumulator2: i32 = layer.bias[o + 2];
    let accumulator3: i32 = layer.bias[o + 3];
    for (let i: i32 = 0; i < layer.unrolledInFeatures; i += 8) {
      unroll(8);
      for (let k: i32 = 0; k < 8; k++) {
        const x: i32 = input[i + k];
        const w: i32 = o * layer.inFeatures + (i + k) * 4;
        accumulator0 += layer.weights[w] * x;
        accumulator1 += layer.weights[w + 1] * x;
        accumulator2 += layer.weights[w + 2] * x;
        accumulator3 += layer.weights[w + 3] * x;
      }
    }
    for (let i: i32 = layer.unrolledInFeatures; i < layer.inFeatures; i++) {
      const x: i32 = input[i];
      const w: i32 = o * layer.inFeatures + i * 4;
      accumulator0 += layer.weights[w] * x;
      accumulator1 += layer.weights[w + 1] * x;
      accumulator2 += layer.weights[w + 2] * x;
      accumulator3 += layer.weights[w + 3] * x;
    }
    output[o] = rescale(
      accumulator0,
      layer.multiplier[o],
      layer.rightShift[o],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 1] = rescale(
      accumulator1,
      layer.multiplier[o + 1],
      layer.rightShift[o + 1],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 2] = rescale(
      accumulator2,
      layer.multiplier[o + 2],
      layer.rightShift[o + 2],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 3] = rescale(
      accumulator3,
      layer.multiplier[o + 3],
      layer.rightShift[o + 3],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
  }
  for (let o: i32 = layer.blockedOutFeatures; o < layer.outFeatures; o++) {
    let accumulator: i32 = layer.bias[o];
    for (let i: i32 = 0; i < layer.inFeatures; i++) {
      accumulator += layer.weights[o * layer.inFeatures + i] * input[i];
    }
    output[o] = rescale(
      accumulator,
      layer.multiplier[o],
      layer.rightShift[o],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
  }
}
