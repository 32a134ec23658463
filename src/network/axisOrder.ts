import { elementCount, type Shape } from "../base/tensor.js";

/** The shape of one of the users' arrays: axis k of theirs is axis `axes[k]` of ours. */
export function userShape(shape: Shape, axes: readonly number[] | undefined): Shape {
  return axes === undefined ? shape : axes.map((axis) => shape[axis]);
}

/** Whether each of so many axes is named once. */
export function isAxisOrder(axes: readonly number[], rank: number): boolean {
  return axes.length === rank && axes.every((_, axis) => axes.includes(axis));
}

/** For each element of a tensor of ours: which it is in the users' order. */
function placesOf(shape: Shape, axes: readonly number[]): Int32Array {
  const theirs = userShape(shape, axes);
  const strides = shape.map((_, axis) => elementCount(theirs.slice(axes.indexOf(axis) + 1)));
  let places = Int32Array.of(0);
  shape.forEach((size, axis) => {
    places = Int32Array.from({ length: places.length * size }, (_, i) => {
      const outer = Math.floor(i / size);
      return places[outer] + (i - outer * size) * strides[axis];
    });
  });
  return places;
}

/** What has numbers in a row: typed arrays of any kind. */
interface Values {
  readonly length: number;
  [index: number]: number;
  slice(): this;
}

/**
 * Samples behind each other in our order of axes.
 *
 * @param shape of one, as ours is
 * @param axes of the users' arrays; undefined where theirs are as ours
 */
export function fromUserOrder<T extends Values>(
  data: T,
  shape: Shape,
  axes: readonly number[] | undefined,
): T {
  if (axes === undefined) return data;
  return reordered(data, placesOf(shape, axes), (result, ours, theirs) => {
    result[ours] = data[theirs];
  });
}

/** The opposite of {@link fromUserOrder}. */
export function toUserOrder<T extends Values>(data: T, shape: Shape, axes: readonly number[] | undefined): T {
  if (axes === undefined) return data;
  return reordered(data, placesOf(shape, axes), (result, ours, theirs) => {
    result[theirs] = data[ours];
  });
}

function reordered<T extends Values>(
  data: T,
  places: Int32Array,
  move: (result: T, ours: number, theirs: number) => void,
): T {
  const result = data.slice();
  for (let start = 0; start < data.length; start += places.length) {
    for (let i = 0; i < places.length; i++) move(result, start + i, start + places[i]);
  }
  return result;
}
