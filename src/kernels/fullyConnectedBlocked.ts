import { type i32, rescaleBounded, unroll } from "./int.js";

export interface FullyConnectedBlocked {
  readonly inFeatures: i32;
  readonly outFeatures: i32;
  /** Largest multiple of 8 up to inFeatures. */
  readonly unrolledInFeatures: i32;
  /** Largest multiple of 8 up to outFeatures. */
  readonly blockedOutFeatures: i32;
  /** int8 [blockedOutFeatures / 8, inFeatures, 8], then the other rows as [rest, inFeatures]; zero point 0. */
  readonly weights: Int8Array;
  /** int32 [outFeatures]: the layer's bias − input zero point · Σ weights of that output. */
  readonly bias: Int32Array;
  /** 1 where all outputs have one factor, sharedMultiplier and sharedRightShift; 0 where each has its own. */
  readonly isShared: i32;
  readonly sharedMultiplier: i32;
  readonly sharedRightShift: i32;
  /** int32 [outFeatures]: input scale · weight scale / output scale = multiplier / 2^31 / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [outFeatures] */
  readonly rightShift: Uint8Array;
  readonly outputZeroPoint: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link fullyConnected} with eight outputs a step, so that each input is loaded once for eight of them, and eight
 * inputs a step, so that the weights' addresses are constants: 140 instructions for 64 multiply-accumulates on a
 * Cortex-M4. For factors that `rescaleBounded` takes.
 *
 *   input   int8 [inFeatures]
 *   output  int8 [outFeatures]
 */
export function fullyConnectedBlocked(
  layer: FullyConnectedBlocked,
  input: Int8Array,
  output: Int8Array,
): void {
  for (let o: i32 = 0; o < layer.blockedOutFeatures; o += 8) {
    // the input's zero point is in the bias
    let accumulator0: i32 = layer.bias[o];
    let accumulator1: i32 = layer.bias[o + 1];
    let accumulator2: i32 = layer.bias[o + 2];
    let accumulator3: i32 = layer.bias[o + 3];
    let accumulator4: i32 = layer.bias[o + 4];
    let accumulator5: i32 = layer.bias[o + 5];
    let accumulator6: i32 = layer.bias[o + 6];
    let accumulator7: i32 = layer.bias[o + 7];
    for (let i: i32 = 0; i < layer.unrolledInFeatures; i += 8) {
      unroll(8);
      for (let k: i32 = 0; k < 8; k++) {
        const x: i32 = input[i + k];
        const w: i32 = o * layer.inFeatures + (i + k) * 8;
        accumulator0 += layer.weights[w] * x;
        accumulator1 += layer.weights[w + 1] * x;
        accumulator2 += layer.weights[w + 2] * x;
        accumulator3 += layer.weights[w + 3] * x;
        accumulator4 += layer.weights[w + 4] * x;
        accumulator5 += layer.weights[w + 5] * x;
        accumulator6 += layer.weights[w + 6] * x;
        accumulator7 += layer.weights[w + 7] * x;
      }
    }
    for (let i: i32 = layer.unrolledInFeatures; i < layer.inFeatures; i++) {
      const x: i32 = input[i];
      const w: i32 = o * layer.inFeatures + i * 8;
      accumulator0 += layer.weights[w] * x;
      accumulator1 += layer.weights[w + 1] * x;
      accumulator2 += layer.weights[w + 2] * x;
      accumulator3 += layer.weights[w + 3] * x;
      accumulator4 += layer.weights[w + 4] * x;
      accumulator5 += layer.weights[w + 5] * x;
      accumulator6 += layer.weights[w + 6] * x;
      accumulator7 += layer.weights[w + 7] * x;
    }
    output[o] = rescaleBounded(
      accumulator0,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 1] = rescaleBounded(
      accumulator1,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + 1],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + 1],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 2] = rescaleBounded(
      accumulator2,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + 2],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + 2],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 3] = rescaleBounded(
      accumulator3,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + 3],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + 3],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 4] = rescaleBounded(
      accumulator4,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + 4],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + 4],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 5] = rescaleBounded(
      accumulator5,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + 5],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + 5],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 6] = rescaleBounded(
      accumulator6,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + 6],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + 6],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
    output[o + 7] = rescaleBounded(
      accumulator7,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + 7],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + 7],
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
    output[o] = rescaleBounded(
      accumulator,
      layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o],
      layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o],
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
    );
  }
}
