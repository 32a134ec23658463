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

/** Strips of all lengths along both axes. */
export function findStrips(vertical: AxisWindow, horizontal: AxisWindow): Strips[] {
  return [false, true].flatMap((isVertical) => {
    const { outSize } = isVertical ? vertical : horizontal;
    return Array.from({ length: Math.min(longestStrip, outSize) }, (_, i) => ({
      ...{ isVertical, length: i + 1, count: Math.ceil(outSize / (i + 1)) },
    }));
  });
}

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

/** The direction and length of strips with the fewest instructions, for size. */
export function chooseStrips(vertical: AxisWindow, horizontal: AxisWindow): Strips {
  const cost = ({ isVertical, length }: Strips): number => {
    const [along, across] = isVertical ? [vertical, horizontal] : [horizontal, vertical];
    return across.outSize * lineCost(along, across, length);
  };
  return findStrips(vertical, horizontal).reduce((best, one) => (cost(one) < cost(best) ? one : best));
}

/** "strips of 5 columns" */
export function describeStrips({ isVertical, length }: Pick<Strips, "isVertical" | "length">): string {
  return `strips of ${length} ${isVertical ? "rows" : "columns"}`;
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
