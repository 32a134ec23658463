import { UserError } from "../base/errors.js";
import type { Quantization, QuantizedArithmetic } from "../network/quantizedNetwork.js";
import { type QuantizedMultiplier, quantizeMultiplier } from "../quantize/multiplier.js";

/** Bits after the point of the inputs of an addition. */
export const leftShift = 20;

interface SettledSum {
  /** How each of the terms is rescaled, and their sum. */
  readonly one: QuantizedMultiplier;
  readonly two: QuantizedMultiplier;
  readonly result: QuantizedMultiplier;
}

/**
 * Factors of a sum or a difference. TFLM works out those of a difference in single precision.
 *
 * @throws UserError where a step of the inputs is 2^19 steps of the output or more
 */
export function settleSum(
  { name, kind }: QuantizedArithmetic,
  first: Quantization,
  second: Quantization,
  output: Quantization,
): SettledSum {
  const round = kind === "subtract" ? Math.fround : (factor: number) => factor;
  const twiceLargest = 2 * Math.max(first.scale, second.scale);
  const outputFactor = round(twiceLargest / (2 ** leftShift * output.scale));
  const result = outputFactor < 1 ? quantizeMultiplier(outputFactor) : undefined;
  // a factor a little below 1 is rounded to 1
  if (result === undefined || result.leftShift > 0) {
    throw new UserError(
      `layer "${name}": the inputs' scale ${twiceLargest / 2} is over ${2 ** (leftShift - 1)} times the output's ${output.scale}`,
      "calibrate with data of the real range",
    );
  }
  const [one, two] = [first, second].map(({ scale }) => ({
    ...quantizeMultiplier(round(scale / twiceLargest)),
    leftShift,
  }));
  return { one: one!, two: two!, result };
}

/** Up to this, the largest product stays in int32: 255² · 2 · 2^13 + 128 < 2^31. */
const largestFactor = 2 ** 13;

/** @throws UserError where one step of what is rescaled is over 2^13 output steps */
export function expectFactor(name: string, factor: number): void {
  if (factor <= largestFactor) return;
  throw new UserError(
    `layer "${name}": one step of the inputs' product is ${factor} output steps, at most ${largestFactor} are possible`,
    "calibrate with data of the real range",
  );
}

/** @throws UserError where one step of the product is over 2^13 output steps */
export function settleProduct(
  name: string,
  first: Quantization,
  second: Quantization,
  output: Quantization,
): { readonly result: QuantizedMultiplier } {
  const factor = (first.scale * second.scale) / output.scale;
  expectFactor(name, factor);
  return { result: quantizeMultiplier(factor) };
}
