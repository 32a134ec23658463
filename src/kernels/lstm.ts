import { type i32, shiftLeft } from "./int.js";
import { type LstmCell, lstmStep } from "./lstmStep.js";

export interface Lstm extends LstmCell {}

/**
 * A long short-term memory over a series that goes on from run to run: output t of input t, the output before it and the
 * cell.
 *
 *   input    int8 [steps, inFeatures]
 *   before   int8 [steps + 2, units], the same memory as the output: its last step's output is that before the first
 *   output   int8 [steps + 2, units]: outputs, then the cell's lower and upper bytes
 *   latest   int8 [units]
 *   cells    int16 [units]
 *
 * Sums fit int32, shifted left too (src/plan/planLstm.ts). Source: {@link lstmStep}.
 */
export function lstm(
  layer: Lstm,
  input: Int8Array,
  before: Int8Array,
  output: Int8Array,
  latest: Int8Array,
  cells: Int16Array,
): void {
  const low: i32 = layer.steps * layer.units;
  const high: i32 = low + layer.units;
  for (let u: i32 = 0; u < layer.units; u++) {
    cells[u] = shiftLeft(before[high + u], 8) + (before[low + u] & 255);
  }
  for (let t: i32 = 0; t < layer.steps; t++) {
    const row: i32 = t === 0 ? layer.steps - 1 : t - 1;
    for (let u: i32 = 0; u < layer.units; u++) {
      latest[u] = before[row * layer.units + u];
    }
    lstmStep(
      layer.inFeatures,
      layer.units,
      layer.inputZeroPoint,
      layer.hiddenZeroPoint,
      layer.inputWeights,
      layer.recurrentWeights,
      layer.bias,
      layer.multiplier,
      layer.leftShift,
      layer.rightShift,
      layer.productMultiplier,
      layer.productRightShift,
      layer.cellLow,
      layer.cellClip,
      layer.tanhLeftShift,
      layer.tanhMultiplier,
      layer.sigmoid,
      input.subarray(t * layer.inFeatures),
      latest,
      cells,
      output.subarray(t * layer.units),
    );
  }
  for (let u: i32 = 0; u < layer.units; u++) {
    output[low + u] = ((cells[u] & 255) ^ 128) - 128;
    output[high + u] = cells[u] >> 8;
  }
}
