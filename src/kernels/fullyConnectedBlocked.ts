import { type i32, registers, rescaleBounded, unroll } from "./int.js";

export interface FullyConnectedBlocked {
  readonly inFeatures: i32;
  readonly outFeatures: i32;
  /** Largest multiple of 8 up to inFeatures. */
  readonly unrolledInFeatures: i32;
  /** Outputs a step. */
  readonly block: i32;
  /** Largest multiple of block up to outFeatures. */
  readonly blockedOutFeatures: i32;
  /** int8 [blockedOutFeatures / block, inFeatures, block], then the other rows as [rest, inFeatures]; zero point 0. */
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
 * {@link fullyConnected} with a block of outputs a step, so that each input is loaded once for all of them, and eight
 * inputs a step, so that the weights' addresses are constants: with eight outputs 140 instructions for 64
 * multiply-accumulates on a Cortex-M4. For factors that `rescaleBounded` takes.
 *
 *   input   int8 [inFeatures]
 *   output  int8 [outFeatures]
 */
export function fullyConnectedBlocked(
  layer: FullyConnectedBlocked,
  input: Int8Array,
  output: Int8Array,
): void {
  for (let o: i32 = 0; o < layer.blockedOutFeatures; o += layer.block) {
    const accumulator: Int32Array = registers(layer.block);
    // the input's zero point is in the bias
    for (let r: i32 = 0; r < layer.block; r++) {
      accumulator[r] = layer.bias[o + r];
    }
    for (let i: i32 = 0; i < layer.unrolledInFeatures; i += 8) {
      unroll(8);
      for (let k: i32 = 0; k < 8; k++) {
        const x: i32 = input[i + k];
        const w: i32 = o * layer.inFeatures + (i + k) * layer.block;
        for (let r: i32 = 0; r < layer.block; r++) {
          accumulator[r] += layer.weights[w + r] * x;
        }
      }
    }
    for (let i: i32 = layer.unrolledInFeatures; i < layer.inFeatures; i++) {
      const x: i32 = input[i];
      const w: i32 = o * layer.inFeatures + i * layer.block;
      for (let r: i32 = 0; r < layer.block; r++) {
        accumulator[r] += layer.weights[w + r] * x;
      }
    }
    for (let r: i32 = 0; r < layer.block; r++) {
      output[o + r] = rescaleBounded(
        accumulator[r],
        layer.isShared === 1 ? layer.sharedMultiplier : layer.multiplier[o + r],
        layer.isShared === 1 ? layer.sharedRightShift : layer.rightShift[o + r],
        layer.outputZeroPoint,
        layer.activationMin,
        layer.activationMax,
      );
    }
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
