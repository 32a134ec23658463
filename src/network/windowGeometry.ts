import type { Padding, Pair, WindowSettings } from "./quantizedNetwork.js";

/** Rows or columns of the output of a moving window; 0 or less where the window does not fit. */
export function windowOutputSize(
  inputSize: number,
  kernelSize: number,
  stride: number,
  dilation: number,
  paddingSum: number,
): number {
  return Math.floor((inputSize + paddingSum - ((kernelSize - 1) * dilation + 1)) / stride) + 1;
}

/** Rows and columns of the output of a window that moves over [height, width]. */
export function windowOutput(
  [height, width]: Pair,
  { kernelSize, strides, padding }: WindowSettings,
  dilations: Pair = [1, 1],
): Pair {
  return [
    windowOutputSize(height, kernelSize[0], strides[0], dilations[0], padding.top + padding.bottom),
    windowOutputSize(width, kernelSize[1], strides[1], dilations[1], padding.left + padding.right),
  ];
}

/**
 * Padding with which the output has ⌈input / stride⌉ rows and columns; the odd one lies below and at the right.
 *
 * Source: TensorFlow Lite kernels/padding.h ComputePaddingHeightWidth.
 */
export function samePadding(
  [height, width]: Pair,
  kernelSize: Pair,
  strides: Pair,
  dilations: Pair = [1, 1],
): Padding {
  const total = (size: number, axis: 0 | 1): number => {
    const outputSize = Math.ceil(size / strides[axis]);
    const reach = (kernelSize[axis] - 1) * dilations[axis] + 1;
    return Math.max(0, (outputSize - 1) * strides[axis] + reach - size);
  };
  const [vertical, horizontal] = [total(height, 0), total(width, 1)];
  const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  return { top, bottom: vertical - top, left, right: horizontal - left };
}
