import { UserError } from "../../base/errors.js";
import type { Shape } from "../../base/tensor.js";
import { requantizeSettled, settleMean } from "../../quantize/settledFactor.js";
import type { IntegerFormat } from "./integerLayer.js";

/**
 * A mean that onnxruntime takes of float32 values, in an order of its own, and then quantizes: proves for every sum of
 * integers that its result is the same in whatever order. Each of n values is rounded once, each of n − 1 sums, the division
 * and the quantization's: so a result lies within (n + 2) · 2^−24 of the exact one, in parts of the largest sum of
 * magnitudes that there can be.
 *
 * @param shape [positions…, channels]
 * @throws UserError where a sum's result lies as near to a half as that
 */
export function expectMeansProven(shape: Shape, from: IntegerFormat, to: IntegerFormat): void {
  const positions = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  if (positions > 2 ** 12)
    throw new UserError(`takes a mean of ${positions} values in float32; up to 4096 are proven`);
  const { scale, zeroPoint } = from.quantization;
  const [low, high] = [-128 - zeroPoint, 127 - zeroPoint];
  const settled = settleMean(
    { kind: "mean", rounding: "nearestEven" },
    from.quantization,
    to.quantization,
    positions,
  );
  const factor = scale / to.quantization.scale / positions;
  const clamp = (steps: number) => Math.min(127, Math.max(-128, steps + to.quantization.zeroPoint));
  for (let sum = positions * low; sum <= positions * high; sum++) {
    const exact = sum * factor;
    const magnitudes = largestMagnitudes(sum, positions, low, high) * factor;
    const error = (positions + 2) * 2 ** -24 * magnitudes;
    const ends = [exact - error, exact + error].map((steps) => clamp(Math.floor(steps + 0.5)));
    if (ends[0] === ends[1] && clamp(requantizeSettled(sum, settled)) === ends[0]) continue;
    throw new UserError(
      `takes a mean of ${positions} values in float32: where their integers sum up to ${sum}, it is ${exact} output steps, ` +
        "as near to a half as the order of summation matters",
      "quantize the mean itself: GlobalAveragePool is, by quantize_static",
    );
  }
}

/** Of values between low and high with a given sum: the largest sum of their magnitudes. */
function largestMagnitudes(sum: number, positions: number, low: number, high: number): number {
  if (low >= 0 || high <= 0) return Math.abs(sum);
  // as many as can be at the ends
  return Math.min(positions * Math.max(high, -low), Math.abs(sum) + 2 * positions * Math.min(high, -low));
}
