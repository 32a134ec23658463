import { quantizeMultiplier } from "../quantize/multiplier.js";

/** How a layer's kernels bring accumulators to output steps, one element for each output channel. */
export interface Rescale {
  readonly multiplier: Int32Array;
  readonly rightShift: Uint8Array;
  /** Empty where no factor is over 1. */
  readonly leftShift: Uint8Array;
  /** 1 when any factor is over 1, else 0. */
  readonly hasLeftShift: number;
}

/** Factors as multipliers and shifts. */
export function settleRescale(factors: readonly number[]): Rescale {
  const multipliers = factors.map(quantizeMultiplier);
  const hasLeftShift = multipliers.some((m) => m.leftShift > 0);
  return {
    multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
    rightShift: Uint8Array.from(multipliers, (m) => m.rightShift),
    leftShift: hasLeftShift ? Uint8Array.from(multipliers, (m) => m.leftShift) : new Uint8Array(0),
    hasLeftShift: Number(hasLeftShift),
  };
}
