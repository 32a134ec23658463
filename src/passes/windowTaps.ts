import type { Padding, Pair, WindowSettings } from "../network/quantizedNetwork.js";
import { windowOutput } from "../network/windowGeometry.js";

/** Rows and columns of a window that lie on the image, ends not included. */
export interface Taps {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The ranges of one axis' taps that lie on the image, each once, over all places of the window. */
function axisTaps(
  size: number,
  places: number,
  kernelSize: number,
  stride: number,
  dilation: number,
  padding: number,
): [from: number, to: number][] {
  const ranges = new Map<string, [number, number]>();
  for (let place = 0; place < places; place++) {
    const start = place * stride - padding;
    const from = Math.min(kernelSize, Math.max(0, Math.ceil(-start / dilation)));
    const to = Math.max(from, Math.min(kernelSize, Math.ceil((size - start) / dilation)));
    ranges.set(`${from} ${to}`, [from, to]);
  }
  return [...ranges.values()];
}

/** Every set of taps that some place of a window has on an image [height, width]: one without padding. */
export function windowTaps(size: Pair, window: WindowSettings, dilations: Pair = [1, 1]): Taps[] {
  const places = windowOutput(size, window, dilations);
  const { kernelSize, strides, padding } = window;
  const along = (axis: 0 | 1, before: number): [number, number][] =>
    axisTaps(size[axis], places[axis], kernelSize[axis], strides[axis], dilations[axis], before);
  return along(0, padding.top).flatMap(([top, bottom]) =>
    along(1, padding.left).map(([left, right]) => ({ top, bottom, left, right })),
  );
}

/** Whether every window lies on the image with all its taps. */
export function isInside(taps: readonly Taps[], [height, width]: Pair): boolean {
  return taps.every(
    ({ top, bottom, left, right }) => top === 0 && left === 0 && bottom === height && right === width,
  );
}

export function addPadding(a: Padding, b: Padding): Padding {
  return {
    top: a.top + b.top,
    bottom: a.bottom + b.bottom,
    left: a.left + b.left,
    right: a.right + b.right,
  };
}
