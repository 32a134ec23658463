import type { i32 } from "./int.js";
import { type LstmCell, lstmStep } from "./lstmStep.js";

export interface LstmWindow extends LstmCell {
  /** 1 where it goes from the last step to the first. */
  readonly isBackwards: i32;
  /** How far apart the outputs of two steps lie: units, or 0 where only the last step's is kept. */
  readonly outputStride: i32;
}

/**
 * A long short-term memory over a series that begins anew in each run.
 *
 *   input    int8 [steps, inFeatures]
 *   output   int8 [steps, units] or [units]
 *   latest   int8 [units]
 *   cells    int16 [units]
 *
 * Sums fit int32, shifted left too (src/plan/planLstm.ts). Source: {@link lstmStep}.
 */
export function lstmWindow(
  layer: LstmWindow,
  input: Int8Array,
  output: Int8Array,
  latest: Int8Array,
  cells: Int16Array,
): void {
  for (let u: i32 = 0; u < layer.units; u++) {
    latest[u] = layer.hiddenZeroPoint;
    cells[u] = 0;
  }
  for (let k: i32 = 0; k < layer.steps; k++) {
    const t: i32 = layer.isBackwards === 1 ? layer.steps - 1 - k : k;
    const to: i32 = t * layer.outputStride;
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
      output.subarray(to),
    );
    for (let u: i32 = 0; u < layer.units; u++) {
      latest[u] = output[to + u];
    }
  }
}
