import { requantize, requantizeToEven, shiftLeft } from "../kernels/int.js";
import type { Quantization } from "../network/quantizedNetwork.js";
import type { Rounded } from "../network/rounding.js";
import {
  divideMultiplier,
  evenMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "./multiplier.js";

/** A factor as kernels take it. */
export interface SettledFactor extends QuantizedMultiplier {
  /** 1 where results are rounded half to even, else 0. */
  readonly rounding: number;
}

export function settleFactor(factor: number, rounding: Rounded["rounding"]): SettledFactor {
  return rounding === undefined
    ? { ...quantizeMultiplier(factor), rounding: 0 }
    : { ...evenMultiplier(factor), leftShift: 0, rounding: 1 };
}

/** What the sum of the values at some positions is multiplied by, for their mean or as it is. */
export function settleMean(
  { kind, rounding }: Rounded & { readonly kind: "mean" | "sum" },
  input: Quantization,
  output: Quantization,
  positions: number,
): SettledFactor {
  const count = kind === "mean" ? positions : 1;
  if (rounding !== undefined) {
    return settleFactor(Math.fround(input.scale / Math.fround(output.scale * count)), rounding);
  }
  const settled = quantizeMultiplier(input.scale / output.scale);
  return { ...(kind === "mean" ? divideMultiplier(settled, count) : settled), rounding: 0 };
}

/** A sum in output steps. */
export function requantizeSettled(
  sum: number,
  { multiplier, leftShift, rightShift, rounding }: SettledFactor,
): number {
  return rounding === 1
    ? requantizeToEven(sum, multiplier, rightShift)
    : requantize(shiftLeft(sum, leftShift), multiplier, rightShift);
}
