import type { FlatTable } from "./flatTable.js";
import { stridedSliceOptions } from "./tfliteSchema.js";

/** Which values of an axis are taken. */
export interface SliceAxis {
  readonly start: number;
  readonly count: number;
  /** From value to value; 1 where there is only one, whatever the file says. */
  readonly stride: number;
  /** Whether the axis, with one value, is left out. */
  readonly isShrunk: boolean;
}

/**
 * What a STRIDED_SLICE takes along each axis; undefined where it adds axes, counts its ends from its beginnings, begins
 * beyond an axis, or has not one beginning, end and step for each.
 *
 * Source: TensorFlow Lite strided_slice_logic.h; TFLM strided_slice_common.cc.
 */
export function sliceAxes(
  options: FlatTable,
  shape: readonly number[],
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): SliceAxis[] | undefined {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask, offset } = stridedSliceOptions;
  const isOther =
    [ellipsisMask, newAxisMask].some((mask) => options.int32(mask) !== 0) || options.boolean(offset);
  const isWhole = [begin, end, strides].every(({ length }) => length === shape.length);
  if (isOther || !isWhole || strides.includes(0)) return undefined;
  const has = (mask: number, axis: number) => ((options.int32(mask) >> axis) & 1) === 1;
  const axes = shape.map((size, axis): SliceAxis | undefined => {
    const stride = strides[axis];
    const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
    const place = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, low), high);
    const start = has(beginMask, axis) ? (stride > 0 ? 0 : size - 1) : place(begin[axis]);
    const stop = has(endMask, axis) ? (stride > 0 ? size : -1) : place(end[axis]);
    const isShrunk = has(shrinkAxisMask, axis);
    const count = isShrunk ? 1 : Math.max(0, Math.ceil((stop - start) / stride));
    return start < 0 || start >= size
      ? undefined
      : { start, count, stride: count === 1 ? 1 : stride, isShrunk };
  });
  return axes.includes(undefined) ? undefined : (axes as SliceAxis[]);
}
