import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round, settle } from "./arithmetic.js";
import { tanhOf } from "./gates.js";
import {
  carryBack,
  floatsLike,
  outputGradientAt,
  putState,
  type RecurrentSizes,
  recurrentSums,
  rowOf,
} from "./recurrent.js";

/** What the way back needs to know, step by step: rows of [batch, steps]. */
export interface SimpleRnnTrace {
  /** [batch, steps, units]: sums of the input going in, the outputs of all steps coming out. */
  readonly gates: FloatArray;
  /** [batch, steps, units]: the output of the step before; zeros at each sample's first, which nobody writes. */
  readonly before: FloatArray;
}

/**
 * output = tanh(gates + recurrentWeights · before)
 *
 * @param recurrentWeights [units, units]
 * @param output [batch, steps, units] or [batch, units], overwritten
 * Source: Elman 1990, Cognitive Science 14.
 */
export function simpleRnnForward(
  sizes: RecurrentSizes,
  recurrentWeights: FloatArray,
  { gates, before }: SimpleRnnTrace,
  output: FloatArray,
): void {
  const { batch, steps, units } = sizes;
  const single = isSingle(output);
  const sums = floatsLike(output, units);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < steps; k++) {
      const row = rowOf(sizes, b, k);
      recurrentSums(units, recurrentWeights, undefined, before, row * units, sums);
      for (let u = 0; u < units; u++) {
        const place = row * units + u;
        gates[place] = tanhOf(round(single, gates[place] + sums[u]));
        putState(sizes, b, k, u, gates[place], before, output);
      }
    }
  }
}

/**
 * The loss's derivatives by the sums, back through time; see {@link lstmBackward}.
 *
 * @param gateGradients [batch, steps, units], overwritten
 */
export function simpleRnnBackward(
  sizes: RecurrentSizes,
  recurrentWeights: FloatArray,
  { gates }: SimpleRnnTrace,
  outputGradient: FloatArray,
  gateGradients: FloatArray,
): void {
  const { batch, steps, units } = sizes;
  const single = isSingle(gateGradients);
  const r = (value: number) => round(single, value);
  const carry = floatsLike(gateGradients, units);
  for (let b = 0; b < batch; b++) {
    carry.fill(0);
    for (let k = steps - 1; k >= 0; k--) {
      const row = rowOf(sizes, b, k);
      for (let u = 0; u < units; u++) {
        const place = row * units + u;
        const h = gates[place];
        const dh = settle(single, r(outputGradientAt(sizes, b, k, u, outputGradient) + carry[u]));
        gateGradients[place] = dh * r(1 - r(h * h));
      }
      if (k > 0) carryBack(units, recurrentWeights, gateGradients, row * units, carry, false);
    }
  }
}
