import { clamp, type i32, requantize, shiftLeft } from "./int.js";
import { sigmoidBetween } from "./sigmoidBetween.js";

export interface Lstm {
  readonly steps: i32;
  readonly inFeatures: i32;
  readonly units: i32;
  readonly inputZeroPoint: i32;
  readonly hiddenZeroPoint: i32;
  /** int8 [4, units, inFeatures]: gates input, forget, cell and output. */
  readonly inputWeights: Int8Array;
  /** int8 [4, units, units], of the latest step's output. */
  readonly recurrentWeights: Int8Array;
  /** int32 [4, units] */
  readonly bias: Int32Array;
  /** [8]: how sums of the input become Q3.12, for each gate, then those of the latest output. */
  readonly multiplier: Int32Array;
  readonly leftShift: Uint8Array;
  readonly rightShift: Uint8Array;
  /** [3]: forget · cell and input · cell gate to the cell's steps, output · tanh to the output's. */
  readonly productMultiplier: Int32Array;
  readonly productRightShift: Uint8Array;
  /** 32767 where nothing is clipped. */
  readonly cellClip: i32;
  readonly cellLow: i32;
  /** The cell in steps of tanh's argument: 3 · 2^k, or 3 and a shift. */
  readonly tanhMultiplier: i32;
  readonly tanhRightShift: i32;
  /** int16 [256]: sigmoid(i / 24) in 0.16 bits, less 2^15. */
  readonly sigmoid: Int16Array;
}

/**
 * A long short-term memory over a series: output t of input t, the output before it and the cell.
 *
 *   input    int8 [steps, inFeatures]
 *   before   int8 [steps + 2, units], the same memory as the output: its last step's output is that before the first
 *   output   int8 [steps + 2, units]: outputs, then the cell's lower and upper bytes
 *   latest   int8 [units]
 *
 * Sums fit int32, shifted left too (src/plan/planLstm.ts). Source: TFLM lstm_eval.h LstmStep; reference/integer_ops/
 * fully_connected.h, logistic.h and tanh.h for int16, mul.h MulElementwise.
 */
export function lstm(
  layer: Lstm,
  input: Int8Array,
  before: Int8Array,
  output: Int8Array,
  latest: Int8Array,
): void {
  for (let t: i32 = 0; t < layer.steps; t++) {
    const row: i32 = t === 0 ? layer.steps - 1 : t - 1;
    for (let u: i32 = 0; u < layer.units; u++) {
      latest[u] = before[row * layer.units + u];
    }
    for (let u: i32 = 0; u < layer.units; u++) {
      let inputGate: i32 = 0;
      let forgetGate: i32 = 0;
      let cellGate: i32 = 0;
      let outputGate: i32 = 0;
      for (let g: i32 = 0; g < 4; g++) {
        const o: i32 = g * layer.units + u;
        let sum: i32 = layer.bias[o];
        for (let i: i32 = 0; i < layer.inFeatures; i++) {
          sum +=
            layer.inputWeights[o * layer.inFeatures + i] *
            (input[t * layer.inFeatures + i] - layer.inputZeroPoint);
        }
        let recurrent: i32 = 0;
        for (let i: i32 = 0; i < layer.units; i++) {
          recurrent += layer.recurrentWeights[o * layer.units + i] * (latest[i] - layer.hiddenZeroPoint);
        }
        sum = requantize(shiftLeft(sum, layer.leftShift[g]), layer.multiplier[g], layer.rightShift[g]);
        recurrent = requantize(
          shiftLeft(recurrent, layer.leftShift[4 + g]),
          layer.multiplier[4 + g],
          layer.rightShift[4 + g],
        );
        const argument: i32 = clamp(
          clamp(sum, -32768, 32767) + clamp(recurrent, -32768, 32767),
          -32768,
          32767,
        );
        // Q0.15 of Q3.12: sigmoid, but tanh(x) = 2 · sigmoid(2 · x) − 1 for the cell's
        const magnitude: i32 = argument < 0 ? 0 - 3 * argument : 3 * argument;
        if (g === 2) {
          const twice: i32 =
            sigmoidBetween(layer.sigmoid, magnitude >> 8, magnitude & 255, 256, 16776960) - 8388608;
          cellGate = argument < 0 ? (127 - twice) >> 8 : (twice + 128) >> 8;
        } else {
          const half: i32 = sigmoidBetween(layer.sigmoid, magnitude >> 9, magnitude & 511, 512, 33553408);
          const gate: i32 = argument < 0 ? (33554943 - half) >> 10 : (half + 512) >> 10;
          if (g === 0) {
            inputGate = gate;
          } else if (g === 1) {
            forgetGate = gate;
          } else {
            outputGate = gate;
          }
        }
      }
      const low: i32 = layer.steps * layer.units + u;
      const old: i32 = shiftLeft(before[low + layer.units], 8) + (before[low] & 255);
      const kept: i32 = clamp(
        requantize(forgetGate * old, layer.productMultiplier[0], layer.productRightShift[0]),
        -32768,
        32767,
      );
      const added: i32 = clamp(
        requantize(inputGate * cellGate, layer.productMultiplier[1], layer.productRightShift[1]),
        -32768,
        32767,
      );
      const cell: i32 = clamp(clamp(kept + added, -32768, 32767), layer.cellLow, layer.cellClip);
      output[low] = ((cell & 255) ^ 128) - 128;
      output[low + layer.units] = cell >> 8;
      const scaled: i32 =
        (cell * layer.tanhMultiplier + (shiftLeft(1, layer.tanhRightShift) >> 1)) >> layer.tanhRightShift;
      const magnitude: i32 = scaled < 0 ? 0 - scaled : scaled;
      const twice: i32 =
        sigmoidBetween(layer.sigmoid, magnitude >> 8, magnitude & 255, 256, 16776960) - 8388608;
      const tanh: i32 = scaled < 0 ? (127 - twice) >> 8 : (twice + 128) >> 8;
      output[t * layer.units + u] = clamp(
        layer.hiddenZeroPoint +
          requantize(tanh * outputGate, layer.productMultiplier[2], layer.productRightShift[2]),
        -128,
        127,
      );
    }
  }
}
