import type { Shape } from "../base/tensor.js";
import type { QuantizedCopy } from "./quantizedNetwork.js";

/** How far apart values lie along each axis of what is stored row by row. */
export function contiguousStrides(shape: Shape): number[] {
  let stride = 1;
  return shape
    .toReversed()
    .map((size) => {
      const own = stride;
      stride *= size;
      return own;
    })
    .reverse();
}

/** The first and the last place that a view reads. */
export function viewBounds({ start, sizes, strides }: Pick<QuantizedCopy, "start" | "sizes" | "strides">): {
  readonly least: number;
  readonly most: number;
} {
  let [least, most] = [start, start];
  for (const [axis, size] of sizes.entries()) {
    const reach = (size - 1) * strides[axis]!;
    if (reach < 0) least += reach;
    else most += reach;
  }
  return { least, most };
}

/**
 * How far apart the values of a tensor lie along each axis of an output that it fills: 0 where it is repeated; undefined
 * where it cannot fill it.
 */
export function fillingStrides(shape: Shape, output: Shape): number[] | undefined {
  const missing = output.length - shape.length;
  const fits = shape.every((size, axis) => size === 1 || size === output[missing + axis]);
  if (missing < 0 || !fits) return undefined;
  const strides = contiguousStrides(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
  return [...new Array<number>(missing).fill(0), ...strides];
}
