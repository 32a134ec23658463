import { UserError } from "../base/errors.js";
import type { QuantizedFullyConnected } from "../network/quantizedNetwork.js";

const INT32_MAX = 2 ** 31 - 1;

/** The values an activation can take: what its producer's clamp lets through. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/**
 * The largest magnitude that any partial sum of a fully connected layer can reach, one for each output, whatever the
 * order of summation: |bias − zero point · Σ weights| + Σ |weight| · largest |input|.
 */
export function accumulatorBounds(
  layer: Pick<QuantizedFullyConnected, "weights" | "bias">,
  inputZeroPoint: number,
  input: IntegerRange,
): number[] {
  const outFeatures = layer.bias.length;
  const inFeatures = layer.weights.length / outFeatures;
  const largestInput = Math.max(Math.abs(input.min), Math.abs(input.max));
  return Array.from(layer.bias, (bias, o) => {
    let sum = 0;
    let magnitude = 0;
    for (const weight of layer.weights.subarray(o * inFeatures, (o + 1) * inFeatures)) {
      sum += weight;
      magnitude += Math.abs(weight);
    }
    return Math.abs(bias - inputZeroPoint * sum) + magnitude * largestInput;
  });
}

/**
 * Proves that a layer's arithmetic stays within int32: the accumulator, the accumulator shifted left where the factor
 * is over 1, and the rescaled value plus the output's zero point.
 *
 * @param factors input scale · weight scale / output scale, one for each output
 * @throws UserError naming the layer and the output where it could not
 */
export function expectAccumulatorsFit(
  name: string,
  bounds: readonly number[],
  factors: readonly number[],
  outputZeroPoint = 0,
): void {
  for (const [o, bound] of bounds.entries()) {
    const factor = factors[o]!;
    // the left shift is by less than log2(factor) + 1; rounding may add 1, and the zero point 128, or more at the border
    const largest = Math.max(bound, 2 * bound * factor) + 1 + Math.max(128, Math.abs(outputZeroPoint));
    if (largest > INT32_MAX || factor >= 2 ** 31) {
      throw new UserError(
        `layer "${name}", output ${o}: the accumulator can reach ${largest.toExponential(3)}, int32 ends at ${INT32_MAX}`,
        "lower the layer's number of inputs, its bias or its weights (an L2 penalty helps), or calibrate with data of the real range",
      );
    }
  }
}
