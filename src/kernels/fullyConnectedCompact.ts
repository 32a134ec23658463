import { type i32, registers, rescaleBounded } from "./int.js";

export interface FullyConnectedCompact {
  readonly inFeatures: i32;
  readonly outFeatures: i32;
  /** ⌈outFeatures / 4⌉; where there is a rest, the last block begins at output outFeatures − 4. */
  readonly blocks: i32;
  readonly inputZeroPoint: i32;
  /** int8 [blocks, inFeatures, 4]; zero point 0. */
  readonly weights: Int8Array;
  /** 1 where the biases are in wideBias, 0 where they are in narrowBias. */
  readonly hasWideBias: i32;
  /** int16 [outFeatures] */
  readonly narrowBias: Int16Array;
  /** int32 [outFeatures] */
  readonly wideBias: Int32Array;
  /** All outputs' input scale · weight scale / output scale = multiplier / 2^31 / 2^rightShift. */
  readonly multiplier: i32;
  readonly rightShift: i32;
  readonly outputZeroPoint: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/** Adds the products of four outputs to their biases in place, rescales them and writes them. */
function computeBlock(
  input: Int8Array,
  inFeatures: i32,
  zeroPoint: i32,
  weights: Int8Array,
  bias0: i32,
  bias1: i32,
  bias2: i32,
  bias3: i32,
  multiplier: i32,
  rightShift: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  output: Int8Array,
): void {
  const accumulator: Int32Array = registers(4);
  accumulator[0] = bias0;
  accumulator[1] = bias1;
  accumulator[2] = bias2;
  accumulator[3] = bias3;
  for (let i: i32 = 0; i < inFeatures; i++) {
    const x: i32 = input[i] - zeroPoint;
    for (let r: i32 = 0; r < 4; r++) {
      accumulator[r] += weights[i * 4 + r] * x;
    }
  }
  for (let r: i32 = 0; r < 4; r++) {
    output[r] = rescaleBounded(accumulator[r], multiplier, rightShift, outputZeroPoint, low, high);
  }
}

/**
 * {@link fullyConnected} in few bytes: one factor for all outputs, and biases as they are, which take half the bytes
 * of folded ones where they fit int16. For at least four outputs and a factor that `rescaleBounded` takes.
 *
 *   input   int8 [inFeatures]
 *   output  int8 [outFeatures]
 */
export function fullyConnectedCompact(
  layer: FullyConnectedCompact,
  input: Int8Array,
  output: Int8Array,
): void {
  for (let block: i32 = 0; block < layer.blocks; block++) {
    const o: i32 = block * 4 < layer.outFeatures - 4 ? block * 4 : layer.outFeatures - 4;
    computeBlock(
      input,
      layer.inFeatures,
      layer.inputZeroPoint,
      layer.weights.subarray(block * layer.inFeatures * 4),
      layer.hasWideBias === 1 ? layer.wideBias[o] : layer.narrowBias[o],
      layer.hasWideBias === 1 ? layer.wideBias[o + 1] : layer.narrowBias[o + 1],
      layer.hasWideBias === 1 ? layer.wideBias[o + 2] : layer.narrowBias[o + 2],
      layer.hasWideBias === 1 ? layer.wideBias[o + 3] : layer.narrowBias[o + 3],
      layer.multiplier,
      layer.rightShift,
      layer.outputZeroPoint,
      layer.activationMin,
      layer.activationMax,
      output.subarray(o),
    );
  }
}
