import { clamp, type i32 } from "./int.js";
import { gateArgument, gateTanh, rowSum } from "./recurrentGate.js";

export interface SimpleRnn {
  readonly steps: i32;
  readonly inFeatures: i32;
  readonly units: i32;
  readonly inputZeroPoint: i32;
  /** 1 where it goes from the last step to the first. */
  readonly isBackwards: i32;
  /** How far apart the outputs of two steps lie: units, or 0 where only the last step's is kept. */
  readonly outputStride: i32;
  /** int8 [units, inFeatures] */
  readonly inputWeights: Int8Array;
  /** int8 [units, units], of the latest output. */
  readonly recurrentWeights: Int8Array;
  /** int32 [units] */
  readonly bias: Int32Array;
  /** [2]: how sums of the input become Q3.12, then those of the latest output. */
  readonly multiplier: Int32Array;
  readonly leftShift: Uint8Array;
  readonly rightShift: Uint8Array;
  /** int16 [256]: sigmoid(i / 24) in 0.16 bits, less 2^15. */
  readonly sigmoid: Int16Array;
}

/**
 * output = tanh(W x + R h), h the output of the step before; it begins anew in each run.
 *
 *   input   int8 [steps, inFeatures]
 *   output  int8 [steps, units] or [units], steps of 2^-7
 *   latest  int8 [units]
 *
 * Sums fit int32, shifted left too (src/plan/planRecurrent.ts). Source: none has integers; gates as TFLM's LSTM has them.
 */
export function simpleRnn(layer: SimpleRnn, input: Int8Array, output: Int8Array, latest: Int8Array): void {
  for (let u: i32 = 0; u < layer.units; u++) {
    latest[u] = 0;
  }
  for (let k: i32 = 0; k < layer.steps; k++) {
    const t: i32 = layer.isBackwards === 1 ? layer.steps - 1 - k : k;
    for (let u: i32 = 0; u < layer.units; u++) {
      const sum: i32 = rowSum(
        layer.inputWeights,
        u,
        input.subarray(t * layer.inFeatures),
        layer.inFeatures,
        layer.inputZeroPoint,
        layer.bias[u],
      );
      const recurrent: i32 = rowSum(layer.recurrentWeights, u, latest, layer.units, 0, 0);
      const argument: i32 = clamp(
        gateArgument(sum, layer.leftShift[0], layer.multiplier[0], layer.rightShift[0]) +
          gateArgument(recurrent, layer.leftShift[1], layer.multiplier[1], layer.rightShift[1]),
        -32768,
        32767,
      );
      output[t * layer.outputStride + u] = clamp(
        (gateTanh(layer.sigmoid, 3 * argument) + 128) >> 8,
        -128,
        127,
      );
    }
    for (let u: i32 = 0; u < layer.units; u++) {
      latest[u] = output[t * layer.outputStride + u];
    }
  }
}
