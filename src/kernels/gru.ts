import { clamp, type i32 } from "./int.js";
import { gateArgument, gateSigmoid, gateTanh, rowSum } from "./recurrentGate.js";

export interface Gru {
  readonly steps: i32;
  readonly inFeatures: i32;
  readonly units: i32;
  readonly inputZeroPoint: i32;
  /** 1 where it goes from the last step to the first. */
  readonly isBackwards: i32;
  /** How far apart the outputs of two steps lie: units, or 0 where only the last step's is kept. */
  readonly outputStride: i32;
  /** int8 [3, units, inFeatures]: gates update, reset, and the candidate. */
  readonly inputWeights: Int8Array;
  /** int8 [3, units, units], of the state's upper bytes. */
  readonly recurrentWeights: Int8Array;
  /** int32 [3, units] */
  readonly bias: Int32Array;
  /** int32 [units]: of what the reset gate multiplies. */
  readonly recurrentBias: Int32Array;
  /** [6]: how sums of the input become Q3.12, for each gate, then those of the state. */
  readonly multiplier: Int32Array;
  readonly leftShift: Uint8Array;
  readonly rightShift: Uint8Array;
  /** int16 [256]: sigmoid(i / 24) in 0.16 bits, less 2^15. */
  readonly sigmoid: Int16Array;
}

/**
 * A gated recurrent unit over a series, which begins anew in each run. With all products in Q3.12:
 *
 *   z, r = sigmoid(W x + R h), n = tanh(W x + (r · (R h) + 2^14 >> 15))
 *   state = (z · state + (2^15 − z) · n + 2^14) >> 15, h = (state + 2^7) >> 8
 *
 *   input   int8 [steps, inFeatures]
 *   output  int8 [steps, units] or [units], steps of 2^-7
 *   latest  int8 [units]: h, of the step before
 *   state   int16 [units], Q0.15: a mean of numbers below 1 stays below 1
 *
 * Sums fit int32, shifted left too (src/plan/planRecurrent.ts). Source: none has integers; gates as TFLM's LSTM has them.
 */
export function gru(
  layer: Gru,
  input: Int8Array,
  output: Int8Array,
  latest: Int8Array,
  state: Int16Array,
): void {
  for (let u: i32 = 0; u < layer.units; u++) {
    latest[u] = 0;
    state[u] = 0;
  }
  for (let k: i32 = 0; k < layer.steps; k++) {
    const t: i32 = layer.isBackwards === 1 ? layer.steps - 1 - k : k;
    for (let u: i32 = 0; u < layer.units; u++) {
      let updateGate: i32 = 0;
      let resetGate: i32 = 0;
      for (let g: i32 = 0; g < 3; g++) {
        const row: i32 = g * layer.units + u;
        const sum: i32 = gateArgument(
          rowSum(
            layer.inputWeights,
            row,
            input.subarray(t * layer.inFeatures),
            layer.inFeatures,
            layer.inputZeroPoint,
            layer.bias[row],
          ),
          layer.leftShift[g],
          layer.multiplier[g],
          layer.rightShift[g],
        );
        let recurrent: i32 = 0;
        if (g === 2) {
          recurrent = layer.recurrentBias[u];
        }
        recurrent = gateArgument(
          rowSum(layer.recurrentWeights, row, latest, layer.units, 0, recurrent),
          layer.leftShift[3 + g],
          layer.multiplier[3 + g],
          layer.rightShift[3 + g],
        );
        if (g === 2) {
          const reset: i32 = (resetGate * recurrent + 16384) >> 15;
          const candidate: i32 = gateTanh(layer.sigmoid, 3 * clamp(sum + reset, -32768, 32767));
          state[u] = (updateGate * state[u] + (32768 - updateGate) * candidate + 16384) >> 15;
        } else {
          const gate: i32 = gateSigmoid(layer.sigmoid, clamp(sum + recurrent, -32768, 32767));
          if (g === 0) {
            updateGate = gate;
          } else {
            resetGate = gate;
          }
        }
      }
    }
    for (let u: i32 = 0; u < layer.units; u++) {
      latest[u] = clamp((state[u] + 128) >> 8, -128, 127);
      output[t * layer.outputStride + u] = latest[u];
    }
  }
}
