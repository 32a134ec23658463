import type { AxisWindow } from "./windowArguments.js";

export interface Strips {
  /** True where a strip's outputs lie below each other. */
  readonly isVertical: boolean;
  /** Outputs of a strip. */
  readonly length: number;
  /** Strips in a line. The last one may begin where the one before has not ended. */
  readonly count: number;
}

/** Accumulators that leave registers for pointers, a weight and values. */
const longestStrip = 6;

/**
 * Instructions for a line of strips: loads of values (each once where windows overlap), weights and multiply-accumulates,
 * 6 to rescale and store an output, 6 around a strip.
 */
function lineCost(along: AxisWindow, across: AxisWindow, length: number): number {
  const values = new Set<number>();
  for (let i = 0; i < length; i++) {
    for (let k = 0; k < along.kernelSize; k++) values.add(i * along.stride + k * along.dilation);
  }
  const macs = length * along.kernelSize;
  const strip = across.kernelSize * (values.size + along.kernelSize + macs) + 6 * length + 6;
  return Math.ceil(along.outSize / length) * strip;
}

/** The direction and length of strips with the fewest instructions. */
export function chooseStrips(vertical: AxisWindow, horizontal: AxisWindow): Strips {
  let best: (Strips & { cost: number }) | undefined;
  for (const isVertical of [false, true]) {
    const [along, across] = isVertical ? [vertical, horizontal] : [horizontal, vertical];
    for (let length = 1; length <= Math.min(longestStrip, along.outSize); length++) {
      const cost = across.outSize * lineCost(along, across, length);
      const count = Math.ceil(along.outSize / length);
      if (!best || cost < best.cost) best = { isVertical, length, count, cost };
    }
  }
  const { isVertical, length, count } = best!;
  return { isVertical, length, count };
}
