import { clamp, type i32, requantize, roundingDoublingHighMultiply, shiftLeft } from "./int.js";
import { gateArgument, gateSigmoid, gateTanh, rowSum } from "./recurrentGate.js";

/** What a long short-term memory is told but for its series. */
export interface LstmCell {
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
  /** The cell as three times tanh's argument: 3 · cell · 2^tanhLeftShift · tanhMultiplier / 2^31. */
  readonly tanhLeftShift: i32;
  readonly tanhMultiplier: i32;
  /** int16 [256]: sigmoid(i / 24) in 0.16 bits, less 2^15. */
  readonly sigmoid: Int16Array;
}

/**
 * One step of a long short-term memory.
 *
 *   input   int8 [inFeatures]
 *   latest  int8 [units]: the output of the step before
 *   cells   int16 [units], changed
 *   output  int8 [units]
 *
 * Source: TFLM lstm_eval.h LstmStep; reference/integer_ops/fully_connected.h, mul.h MulElementwise.
 */
export function lstmStep(
  inFeatures: i32,
  units: i32,
  inputZeroPoint: i32,
  hiddenZeroPoint: i32,
  inputWeights: Int8Array,
  recurrentWeights: Int8Array,
  bias: Int32Array,
  multiplier: Int32Array,
  leftShift: Uint8Array,
  rightShift: Uint8Array,
  productMultiplier: Int32Array,
  productRightShift: Uint8Array,
  cellLow: i32,
  cellClip: i32,
  tanhLeftShift: i32,
  tanhMultiplier: i32,
  sigmoid: Int16Array,
  input: Int8Array,
  latest: Int8Array,
  cells: Int16Array,
  output: Int8Array,
): void {
  for (let u: i32 = 0; u < units; u++) {
    let inputGate: i32 = 0;
    let forgetGate: i32 = 0;
    let cellGate: i32 = 0;
    let outputGate: i32 = 0;
    for (let g: i32 = 0; g < 4; g++) {
      const row: i32 = g * units + u;
      const sum: i32 = rowSum(inputWeights, row, input, inFeatures, inputZeroPoint, bias[row]);
      const recurrent: i32 = rowSum(recurrentWeights, row, latest, units, hiddenZeroPoint, 0);
      const argument: i32 = clamp(
        gateArgument(sum, leftShift[g], multiplier[g], rightShift[g]) +
          gateArgument(recurrent, leftShift[4 + g], multiplier[4 + g], rightShift[4 + g]),
        -32768,
        32767,
      );
      if (g === 0) {
        inputGate = gateSigmoid(sigmoid, argument);
      } else if (g === 1) {
        forgetGate = gateSigmoid(sigmoid, argument);
      } else if (g === 2) {
        cellGate = gateTanh(sigmoid, 3 * argument);
      } else {
        outputGate = gateSigmoid(sigmoid, argument);
      }
    }
    const kept: i32 = clamp(
      requantize(forgetGate * cells[u], productMultiplier[0], productRightShift[0]),
      -32768,
      32767,
    );
    const added: i32 = clamp(
      requantize(inputGate * cellGate, productMultiplier[1], productRightShift[1]),
      -32768,
      32767,
    );
    const cell: i32 = clamp(clamp(kept + added, -32768, 32767), cellLow, cellClip);
    cells[u] = cell;
    const tripled: i32 = roundingDoublingHighMultiply(shiftLeft(3 * cell, tanhLeftShift), tanhMultiplier);
    output[u] = clamp(
      hiddenZeroPoint +
        requantize(gateTanh(sigmoid, tripled) * outputGate, productMultiplier[2], productRightShift[2]),
      -128,
      127,
    );
  }
}
