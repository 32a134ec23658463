import type { ConvolutionSizes } from "../ops/convolution.js";

/** Images with zeros around them, wide enough that no filter reaches outside. */
export interface Padded {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The input as a convolution's filters see it; its own size when they stay inside. */
export function padInput(sizes: ConvolutionSizes): Padded {
  const { inHeight, inWidth, outHeight, outWidth, paddingTop: top, paddingLeft: left } = sizes;
  const reach = (count: number, stride: number, filter: number, dilation: number) =>
    (count - 1) * stride + (filter - 1) * dilation + 1;
  const height = reach(outHeight, sizes.strideY, sizes.filterHeight, sizes.dilationY);
  const width = reach(outWidth, sizes.strideX, sizes.filterWidth, sizes.dilationX);
  const isInside = top === 0 && left === 0 && height <= inHeight && width <= inWidth;
  return isInside ? { top, left, height: inHeight, width: inWidth } : { top, left, height, width };
}

/** Where each output position's filter begins in the padded input, in elements. */
export function outputOrigins(sizes: ConvolutionSizes, { width }: Padded): number[] {
  const { outHeight, outWidth, strideY, strideX, inChannels } = sizes;
  const origins: number[] = [];
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) origins.push((y * strideY * width + x * strideX) * inChannels);
  }
  return origins;
}

/** Where each tap of a filter stands from the filter's begin, in elements of the padded input. */
export function tapOffsets(sizes: ConvolutionSizes, { width }: Padded): number[] {
  const { filterHeight, filterWidth, dilationY, dilationX, inChannels } = sizes;
  const offsets: number[] = [];
  for (let ky = 0; ky < filterHeight; ky++) {
    for (let kx = 0; kx < filterWidth; kx++)
      offsets.push((ky * dilationY * width + kx * dilationX) * inChannels);
  }
  return offsets;
}

/** Where each row of output positions begins in the padded input, sample by sample, in elements. */
export function rowsOfSamples(sizes: ConvolutionSizes, { width, height }: Padded): number[] {
  const { batch, outHeight, strideY, inChannels } = sizes;
  const rows: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < outHeight; y++) rows.push((b * height + y * strideY) * width * inChannels);
  }
  return rows;
}

/**
 * Input positions that the same taps of the filter fall on: with strides of 1 all, else those of equal remainders.
 * Reading the output's gradient at a position's origin plus a tap's offset gives the gradient of the output whose
 * filter has that tap on the position.
 */
export interface Phase {
  /** Where each input position's origin stands in the padded output gradient, in elements. */
  readonly origins: number[];
  /** The positions' own elements in a sample of the input. */
  readonly positions: number[];
  /** The numbers of the taps, ky · filterWidth + kx, in order. */
  readonly taps: number[];
  /** And their offsets, 0 or below, in elements of the padded output gradient. */
  readonly tapOffsets: number[];
}

/** The output's gradient as {@link phasesOf} reads it. */
export function padOutputGradient(sizes: ConvolutionSizes): Padded {
  const { inHeight, inWidth, outHeight, outWidth, paddingTop, paddingLeft } = sizes;
  const { strideY, strideX, filterHeight, filterWidth, dilationY, dilationX } = sizes;
  const before = (filter: number, dilation: number, stride: number) =>
    Math.floor(((filter - 1) * dilation) / stride);
  const reach = (size: number, padding: number, stride: number) =>
    Math.floor((size - 1 + padding) / stride) + 1;
  const top = before(filterHeight, dilationY, strideY);
  const left = before(filterWidth, dilationX, strideX);
  const height = top + Math.max(outHeight, reach(inHeight, paddingTop, strideY));
  const width = left + Math.max(outWidth, reach(inWidth, paddingLeft, strideX));
  return { top, left, height, width };
}

export function phasesOf(sizes: ConvolutionSizes, { top, left, width }: Padded): Phase[] {
  const { strideY, strideX } = sizes;
  const phases: Phase[] = [];
  for (let phaseY = 0; phaseY < strideY; phaseY++) {
    for (let phaseX = 0; phaseX < strideX; phaseX++) {
      phases.push(phaseOf(sizes, phaseY, phaseX, top, left, width));
    }
  }
  return phases.filter(({ positions }) => positions.length > 0);
}

function phaseOf(
  sizes: ConvolutionSizes,
  phaseY: number,
  phaseX: number,
  top: number,
  left: number,
  width: number,
): Phase {
  const { inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth } = sizes;
  const { strideY, strideX, dilationY, dilationX, paddingTop, paddingLeft } = sizes;
  const phase: Phase = { origins: [], positions: [], taps: [], tapOffsets: [] };
  for (let y = 0; y < inHeight; y++) {
    if ((y + paddingTop) % strideY !== phaseY) continue;
    const row = top + Math.floor((y + paddingTop) / strideY);
    for (let x = 0; x < inWidth; x++) {
      if ((x + paddingLeft) % strideX !== phaseX) continue;
      phase.origins.push((row * width + left + Math.floor((x + paddingLeft) / strideX)) * outChannels);
      phase.positions.push((y * inWidth + x) * inChannels);
    }
  }
  for (let ky = 0; ky < filterHeight; ky++) {
    if ((ky * dilationY) % strideY !== phaseY) continue;
    for (let kx = 0; kx < filterWidth; kx++) {
      if ((kx * dilationX) % strideX !== phaseX) continue;
      const up = Math.floor((ky * dilationY) / strideY);
      const back = Math.floor((kx * dilationX) / strideX);
      phase.taps.push(ky * filterWidth + kx);
      phase.tapOffsets.push(-(up * width + back) * outChannels);
    }
  }
  return phase;
}
