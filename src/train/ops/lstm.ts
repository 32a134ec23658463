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
export interface LstmTrace {
  /** [batch, steps, 4 · units]: sums of the input going in; gates input, forget, cell and output coming out. */
  readonly gates: FloatArray;
  /** [batch, steps, units]: the output of the step before; zeros at each sample's first, which nobody writes. */
  readonly before: FloatArray;
  /** [batch, steps, units]: the cell after a step, and its tanh. */
  readonly cells: FloatArray;
  readonly squashed: FloatArray;
}

/**
 * a = gates + recurrentWeights · before; i, f, o = sigmoid(a), g = tanh(a)
 * cell = f · cell before + i · g; output = o · tanh(cell)
 *
 * @param recurrentWeights [4 · units, units]
 * @param output [batch, steps, units] or [batch, units], overwritten
 * Source: Hochreiter and Schmidhuber 1997, Neural Computation 9; with a forget gate, Gers et al. 2000, Neural Computation 12.
 */
export function lstmForward(
  sizes: RecurrentSizes,
  recurrentWeights: FloatArray,
  { gates, before, cells, squashed }: LstmTrace,
  output: FloatArray,
): void {
  const { batch, steps, units } = sizes;
  const single = isSingle(output);
  const sums = floatsLike(output, 4 * units);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < steps; k++) {
      const row = rowOf(sizes, b, k);
      const earlier = rowOf(sizes, b, k - 1) * units;
      recurrentSums(units, recurrentWeights, undefined, before, row * units, sums);
      for (let u = 0; u < units; u++) {
        const place = row * units + u;
        const first = 4 * row * units + u;
        const argument = (g: number) => round(single, gates[first + g * units] + sums[g * units + u]);
        for (let g = 0; g < 4; g++) {
          gates[first + g * units] = g === 2 ? tanhOf(argument(g)) : sigmoidOf(argument(g));
        }
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[first + gate * units]);
        const kept = k === 0 ? 0 : round(single, f * cells[earlier + u]);
        cells[place] = kept + round(single, i * g);
        squashed[place] = tanhOf(cells[place]);
        putState(sizes, b, k, u, o * squashed[place], before, output);
      }
    }
  }
}

/**
 * The loss's derivatives by the gates' sums, back through time. What reaches an earlier step is settled, so that it does not
 * vanish into subnormal numbers.
 *
 * @param gateGradients [batch, steps, 4 · units], overwritten
 */
export function lstmBackward(
  sizes: RecurrentSizes,
  recurrentWeights: FloatArray,
  { gates, cells, squashed }: LstmTrace,
  outputGradient: FloatArray,
  gateGradients: FloatArray,
): void {
  const { batch, steps, units } = sizes;
  const single = isSingle(gateGradients);
  const r = (value: number) => round(single, value);
  const carry = floatsLike(gateGradients, units);
  const cellCarry = floatsLike(gateGradients, units);
  for (let b = 0; b < batch; b++) {
    carry.fill(0);
    cellCarry.fill(0);
    for (let k = steps - 1; k >= 0; k--) {
      const row = rowOf(sizes, b, k);
      const earlier = rowOf(sizes, b, k - 1) * units;
      for (let u = 0; u < units; u++) {
        const place = row * units + u;
        const first = 4 * row * units + u;
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[first + gate * units]);
        const q = squashed[place];
        const dh = settle(single, r(outputGradientAt(sizes, b, k, u, outputGradient) + carry[u]));
        const through = r(r(dh * o) * r(1 - r(q * q)));
        const dc = settle(single, r(cellCarry[u] + through));
        const cellBefore = k === 0 ? 0 : cells[earlier + u];
        cellCarry[u] = dc * f;
        gateGradients[first] = r(dc * g) * r(i * r(1 - i));
        gateGradients[first + units] = r(dc * cellBefore) * r(f * r(1 - f));
        gateGradients[first + 2 * units] = r(dc * i) * r(1 - r(g * g));
        gateGradients[first + 3 * units] = r(dh * q) * r(o * r(1 - o));
      }
      if (k > 0) carryBack(units, recurrentWeights, gateGradients, 4 * row * units, carry, false);
    }
  }
}
