import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round, settle } from "./arithmetic.js";
import { sigmoidOf, tanhOf } from "./gates.js";
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
export interface GruTrace {
  /** [batch, steps, 3 · units]: sums of the input going in; gates update, reset and the candidate coming out. */
  readonly gates: FloatArray;
  /** [batch, steps, units]: the output of the step before; zeros at each sample's first, which nobody writes. */
  readonly before: FloatArray;
  /** [batch, steps, units]: what the reset gate multiplied. */
  readonly candidates: FloatArray;
}

/**
 * s = recurrentWeights · before + recurrentBias; z = sigmoid(gate z + s z), r likewise
 * n = tanh(gate n + r · s n); output = n + z · (before − n), which is (1 − z) · n + z · before
 *
 * The reset gate comes after the product, as Keras' reset_after, PyTorch and cuDNN have it.
 *
 * @param recurrentWeights [3 · units, units]
 * @param recurrentBias [3 · units]
 * @param output [batch, steps, units] or [batch, units], overwritten
 * Source: Cho et al. 2014, arXiv:1406.1078; the later reset, Chetlur et al. 2014 (cuDNN's CUDNN_GRU).
 */
export function gruForward(
  sizes: RecurrentSizes,
  recurrentWeights: FloatArray,
  recurrentBias: FloatArray,
  { gates, before, candidates }: GruTrace,
  output: FloatArray,
): void {
  const { batch, steps, units } = sizes;
  const single = isSingle(output);
  const sums = floatsLike(output, 3 * units);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < steps; k++) {
      const row = rowOf(sizes, b, k);
      recurrentSums(units, recurrentWeights, recurrentBias, before, row * units, sums);
      for (let u = 0; u < units; u++) {
        const place = row * units + u;
        const first = 3 * row * units + u;
        const state = before[place];
        const sum = sums[2 * units + u];
        gates[first] = sigmoidOf(round(single, gates[first] + sums[u]));
        gates[first + units] = sigmoidOf(round(single, gates[first + units] + sums[units + u]));
        const reset = round(single, gates[first + units] * sum);
        const n = round(single, tanhOf(round(single, gates[first + 2 * units] + reset)));
        gates[first + 2 * units] = n;
        candidates[place] = sum;
        const moved = n + round(single, gates[first] * round(single, state - n));
        putState(sizes, b, k, u, moved, before, output);
      }
    }
  }
}

/**
 * The loss's derivatives by the gates' sums of the input and of the state, back through time. What reaches an earlier step is
 * settled, so that it does not vanish into subnormal numbers.
 *
 * @param gateGradients [batch, steps, 3 · units], overwritten
 * @param recurrentGradients [batch, steps, 3 · units], overwritten: they differ by the reset gate
 */
export function gruBackward(
  sizes: RecurrentSizes,
  recurrentWeights: FloatArray,
  { gates, before, candidates }: GruTrace,
  outputGradient: FloatArray,
  gateGradients: FloatArray,
  recurrentGradients: FloatArray,
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
        const first = 3 * row * units + u;
        const [z, reset, n] = [0, 1, 2].map((gate) => gates[first + gate * units]);
        const dh = settle(single, r(outputGradientAt(sizes, b, k, u, outputGradient) + carry[u]));
        const dn = r(r(dh * r(1 - z)) * r(1 - r(n * n)));
        const dz = r(r(dh * r(before[place] - n)) * r(z * r(1 - z)));
        const dr = r(r(dn * candidates[place]) * r(reset * r(1 - reset)));
        gateGradients[first] = dz;
        gateGradients[first + units] = dr;
        gateGradients[first + 2 * units] = dn;
        recurrentGradients[first] = dz;
        recurrentGradients[first + units] = dr;
        recurrentGradients[first + 2 * units] = dn * reset;
        carry[u] = dh * z;
      }
      if (k > 0) carryBack(units, recurrentWeights, recurrentGradients, 3 * row * units, carry, true);
    }
  }
}
