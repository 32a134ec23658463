import type { Pair, QuantizedTensor, WindowSettings } from "../network/quantizedNetwork.js";

/** The numbers of a moving window, as kernels' layer arguments name them. */
export interface WindowArguments {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly paddingTop: number;
  readonly paddingLeft: number;
}

/** Rows, columns and channels of an image. */
export function imageShape({ shape }: QuantizedTensor): readonly [number, number, number] {
  return shape as readonly [number, number, number];
}

export function windowArguments(
  { kernelSize, strides, padding }: WindowSettings,
  input: QuantizedTensor,
  output: QuantizedTensor,
): WindowArguments {
  const [inHeight, inWidth] = imageShape(input);
  const [outHeight, outWidth] = imageShape(output);
  return {
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    kernelHeight: kernelSize[0],
    kernelWidth: kernelSize[1],
    strideY: strides[0],
    strideX: strides[1],
    paddingTop: padding.top,
    paddingLeft: padding.left,
  };
}

/** Positions in the image, along one axis, that a window has for output position `index`. */
export interface Taps {
  /** The first tap in the image. */
  readonly first: number;
  /** Behind the last tap in the image. */
  readonly end: number;
}

/** Which taps of a window lie in the image; `first` is not below `end` where none does. */
export function tapsInImage(
  index: number,
  { inSize, kernelSize, stride, dilation, paddingBefore }: AxisWindow,
): Taps {
  const origin = index * stride - paddingBefore;
  const taps = Array.from({ length: kernelSize }, (_, k) => origin + k * dilation);
  const isInside = (position: number) => position >= 0 && position < inSize;
  const first = taps.findIndex(isInside);
  return { first: first < 0 ? kernelSize : first, end: taps.findLastIndex(isInside) + 1 };
}

/** A window along one axis. */
export interface AxisWindow {
  readonly inSize: number;
  readonly outSize: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
  readonly paddingBefore: number;
}

export function axisWindows(
  window: WindowArguments,
  dilations: Pair = [1, 1],
): readonly [vertical: AxisWindow, horizontal: AxisWindow] {
  return [
    {
      inSize: window.inHeight,
      outSize: window.outHeight,
      kernelSize: window.kernelHeight,
      stride: window.strideY,
      dilation: dilations[0],
      paddingBefore: window.paddingTop,
    },
    {
      inSize: window.inWidth,
      outSize: window.outWidth,
      kernelSize: window.kernelWidth,
      stride: window.strideX,
      dilation: dilations[1],
      paddingBefore: window.paddingLeft,
    },
  ];
}

/** Positions from a window's first tap at output 0 to behind its last tap at the last output. */
export function reach({ outSize, stride, kernelSize, dilation }: AxisWindow): number {
  return (outSize - 1) * stride + (kernelSize - 1) * dilation + 1;
}

/** True where no window has a tap in the padding. */
export function liesInImage(axis: AxisWindow): boolean {
  return axis.paddingBefore === 0 && reach(axis) <= axis.inSize;
}
