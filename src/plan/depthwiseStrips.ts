import type { AxisWindow } from "./windowArguments.js";

/** How a line of outputs is cut into strips that are computed together. */
export interface Strips {
  /** True where a strip's outputs lie below each other. */
  readonly isVertical: boolean;
  /** Outputs of a strip. */
  readonly length: number;
  /** Strips in a line. The last one may begin where the one before has not ended. */
  readonly count: number;
}

/** Values from one row, and from one column, to the next. */
export interface Steps {
  readonly row: number;
  readonly column: number;
}

/** More accumulators leave too few registers for pointers, a weight and values. */
const longestStrip = 6;

/**
 * Instructions for a line of strips: loads of values (each once where windows overlap), weights and multiply-accumulates,
 * 10 to rescale and store an output, 8 around a strip and 4 more where the last one is moved back.
 */
function lineCost(along: AxisWindow, across: AxisWindow, length: number): number {
  const values = new Set<number>();
  for (let i = 0; i < length; i++) {
    for (let k = 0; k < along.kernelSize; k++) values.add(i * along.stride + k * along.dilation);
  }
  const macs = length * along.kernelSize;
  const around = along.outSize % length === 0 ? 8 : 12;
  const strip = across.kernelSize * (values.size + along.kernelSize + macs) + 10 * length + around;
  return Math.ceil(along.outSize / length) * strip;
}

/**
 * The direction and length of strips with the fewest instructions.
 *
 * @param isWhole true where strips may not overlap
 */
export function chooseStrips(vertical: AxisWindow, horizontal: AxisWindow, isWhole: boolean): Strips {
  let best: (Strips & { cost: number }) | undefined;
  for (const isVertical of [false, true]) {
    const [along, across] = isVertical ? [vertical, horizontal] : [horizontal, vertical];
    for (let length = 1; length <= Math.min(longestStrip, along.outSize); length++) {
      if (isWhole && along.outSize % length !== 0) continue;
      const cost = across.outSize * lineCost(along, across, length);
      const count = Math.ceil(along.outSize / length);
      if (!best || cost < best.cost) best = { isVertical, length, count, cost };
    }
  }
  const { isVertical, length, count } = best!;
  return { isVertical, length, count };
}

/** The numbers of strips, as depthwise kernels' layer arguments name them. */
export function stripArguments(
  strips: Strips,
  vertical: AxisWindow,
  horizontal: AxisWindow,
  input: Steps,
  output: Steps,
) {
  const rows = { window: vertical, step: input.row, outputStep: output.row };
  const columns = { window: horizontal, step: input.column, outputStep: output.column };
  const [along, across] = strips.isVertical ? [rows, columns] : [columns, rows];
  return {
    lines: across.window.outSize,
    lineStep: across.window.stride * across.step,
    outputLineStep: across.outputStep,
    strip: strips.length,
    strips: strips.count,
    lastStart: along.window.outSize - strips.length,
    stripStep: along.window.stride * along.step,
    outputStripStep: along.outputStep,
    tapsAlong: along.window.kernelSize,
    tapAlongStep: along.window.dilation * along.step,
    tapsAcross: across.window.kernelSize,
    tapAcrossStep: across.window.dilation * across.step,
  };
}
