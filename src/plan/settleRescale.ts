import type {
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedNetwork,
} from "../network/quantizedNetwork.js";
import type { Rounded } from "../network/rounding.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import { settleFactor } from "../quantize/settledFactor.js";

/** How a layer's kernels bring accumulators to output steps, one element for each output channel. */
export interface Rescale {
  readonly multiplier: Int32Array;
  readonly rightShift: Uint8Array;
  /** Empty where no factor is over 1. */
  readonly leftShift: Uint8Array;
  /** 1 when any factor is over 1, else 0. */
  readonly hasLeftShift: number;
  /** 1 where they are rounded half to even, else 0. */
  readonly rounding: number;
}

/** Why a layer has no kernel but its reference. */
export const roundsToEven = "its sums are rounded half to even";

/** Factors as multipliers and shifts. */
export function settleRescale(factors: readonly number[], rounding?: Rounded["rounding"]): Rescale {
  const multipliers = factors.map((factor) => settleFactor(factor, rounding));
  const hasLeftShift = multipliers.some((m) => m.leftShift > 0);
  return {
    multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
    rightShift: Uint8Array.from(multipliers, (m) => m.rightShift),
    leftShift: hasLeftShift ? Uint8Array.from(multipliers, (m) => m.leftShift) : new Uint8Array(0),
    hasLeftShift: Number(hasLeftShift),
    rounding: Number(rounding !== undefined),
  };
}

/** What kernels that use `rescaleBounded` take. */
export interface BoundedRescale {
  readonly bias: Int32Array;
  readonly multiplier: Int32Array;
  readonly rightShift: Uint8Array;
}

/** How a layer's results leave its accumulators. */
export interface OutputSettings {
  readonly outputZeroPoint: number;
  readonly activationMin: number;
  readonly activationMax: number;
}

/** True where `rescaleRectified` gives what `rescaleBounded` gives. */
export function isRectified(
  { rightShift }: BoundedRescale,
  { outputZeroPoint, activationMin }: OutputSettings,
): boolean {
  return activationMin >= outputZeroPoint && rightShift.every((shift) => shift >= 2);
}

/**
 * Factors as `rescaleBounded` takes them; undefined where a channel's are none: a factor of 1/2 or more, or an
 * accumulator of 2^30 or more. A channel whose rescaled sum is 0 for every input adds up without its bias, times 0.
 *
 * @param bias with the input's zero point folded in, as the kernel adds it
 * @param sumBounds the largest magnitude of each channel's sum of products
 */
export function settleBoundedRescale(
  bias: Int32Array,
  sumBounds: readonly number[],
  factors: readonly number[],
  { outputZeroPoint, activationMin }: OutputSettings,
): BoundedRescale | undefined {
  const settled = {
    bias: bias.slice(),
    multiplier: new Int32Array(bias.length),
    rightShift: new Uint8Array(bias.length).fill(2),
  };
  for (const [o, { multiplier, leftShift, rightShift }] of factors.map(quantizeMultiplier).entries()) {
    const bound = Math.abs(bias[o]!) + sumBounds[o]!;
    // rounding may add 1
    const product = bound * (multiplier / 2 ** 31) + 1;
    const isZero = multiplier === 0 || (rightShift > 0 && product < 2 ** (rightShift - 1));
    if (isZero && sumBounds[o]! < 2 ** 30) {
      settled.bias[o] = 0;
      continue;
    }
    const rounding = Math.abs(2 * (outputZeroPoint - activationMin) + 1) * 2 ** (rightShift - 1);
    const isBounded = bound < 2 ** 30 && rounding < 2 ** 30 && product + rounding < 2 ** 31;
    if (leftShift > 0 || rightShift === 0 || !isBounded) return undefined;
    settled.multiplier[o] = multiplier;
    settled.rightShift[o] = rightShift;
  }
  return settled;
}

type Limits = Pick<OutputSettings, "activationMin" | "activationMax">;

/** True where layers of one kind share a function, and one of them clamps to less than int8: then all take limits from tables. */
export function isClamped(
  { kind, activationMin, activationMax }: QuantizedConvolution | QuantizedDepthwiseConvolution,
  network: QuantizedNetwork | undefined,
): boolean {
  const others = network?.layers.filter((one) => one.kind === kind) as readonly Limits[] | undefined;
  return [{ activationMin, activationMax }, ...(others ?? [])].some(
    (one) => one.activationMin !== -128 || one.activationMax !== 127,
  );
}
