import { createFloats, type FloatArray } from "../../base/tensor.js";
import { affineForward, affineWeightGradient } from "./affine.js";
import { isSingle } from "./arithmetic.js";

/*
 * Convolutions as products of a matrix of columns, one row a position: [positions, filterHeight · filterWidth ·
 * channels], made sample by sample. Where the filter stands on padding, the columns hold zeros.
 */

/** Sizes of a two-dimensional convolution of images [height, width, channels]; padding is what lies before. */
export interface ConvolutionSizes {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly paddingTop: number;
  readonly paddingLeft: number;
}

/** Scratch of each element type: every function here fills what it reads. */
const scratch = {
  columns: { float32: createFloats("float32", 0), float64: createFloats("float64", 0) },
  weights: { float32: createFloats("float32", 0), float64: createFloats("float64", 0) },
};

function takeScratch(use: keyof typeof scratch, like: FloatArray, length: number): FloatArray {
  const dtype = isSingle(like) ? "float32" : "float64";
  if (scratch[use][dtype].length < length) scratch[use][dtype] = createFloats(dtype, length);
  return scratch[use][dtype];
}

/** True when each position's column is the input's pixel itself. */
function isPointwise(sizes: ConvolutionSizes): boolean {
  const { filterHeight, filterWidth, strideY, strideX, inHeight, inWidth, outHeight, outWidth } = sizes;
  const { paddingTop, paddingLeft } = sizes;
  const isOnePixel = filterHeight * filterWidth === 1 && paddingTop === 0 && paddingLeft === 0;
  return isOnePixel && strideY * strideX === 1 && inHeight === outHeight && inWidth === outWidth;
}

/** columns[(y, x), (ky, kx, c)] = input[y · strideY + ky · dilationY − paddingTop, …, c] of one sample, 0 outside. */
function gatherColumns(sizes: ConvolutionSizes, input: FloatArray, start: number, columns: FloatArray): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = sizes;
  const { strideY, strideX, dilationY, dilationX, paddingTop, paddingLeft } = sizes;
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let ky = 0; ky < filterHeight; ky++) {
        const inY = y * strideY + ky * dilationY - paddingTop;
        for (let kx = 0; kx < filterWidth; kx++) {
          const inX = x * strideX + kx * dilationX - paddingLeft;
          const isInside = inY >= 0 && inY < inHeight && inX >= 0 && inX < inWidth;
          const from = start + (inY * inWidth + inX) * inChannels;
          for (let c = 0; c < inChannels; c++) columns[to + c] = isInside ? input[from + c] : 0;
          to += inChannels;
        }
      }
    }
  }
}

/**
 * columns[(inY, inX), (ky, kx, o)] = outputGradient[y, x, o] of the output position whose filter has its (ky, kx) on
 * (inY, inX), of one sample; 0 where there is none.
 */
function gatherGradientColumns(
  sizes: ConvolutionSizes,
  outputGradient: FloatArray,
  start: number,
  columns: FloatArray,
): void {
  const { inHeight, inWidth, outHeight, outWidth, outChannels, filterHeight, filterWidth } = sizes;
  const { strideY, strideX, dilationY, dilationX, paddingTop, paddingLeft } = sizes;
  let to = 0;
  for (let inY = 0; inY < inHeight; inY++) {
    for (let inX = 0; inX < inWidth; inX++) {
      for (let ky = 0; ky < filterHeight; ky++) {
        const y = (inY + paddingTop - ky * dilationY) / strideY;
        const isRow = Number.isInteger(y) && y >= 0 && y < outHeight;
        for (let kx = 0; kx < filterWidth; kx++) {
          const x = (inX + paddingLeft - kx * dilationX) / strideX;
          const isInside = isRow && Number.isInteger(x) && x >= 0 && x < outWidth;
          if (isInside) {
            const from = start + (y * outWidth + x) * outChannels;
            for (let o = 0; o < outChannels; o++) columns[to + o] = outputGradient[from + o];
          } else {
            for (let o = 0; o < outChannels; o++) columns[to + o] = 0;
          }
          to += outChannels;
        }
      }
    }
  }
}

/** [outChannels, taps, inChannels] as [inChannels, taps, outChannels]. */
function swapChannels(
  outChannels: number,
  taps: number,
  inChannels: number,
  weights: FloatArray,
  swapped: FloatArray,
): void {
  for (let o = 0; o < outChannels; o++) {
    for (let k = 0; k < taps; k++) {
      const from = (o * taps + k) * inChannels;
      for (let c = 0; c < inChannels; c++) swapped[(c * taps + k) * outChannels + o] = weights[from + c];
    }
  }
}

/**
 * output[b, y, x, o] = (Σ_(ky, kx, c) weights[o, ky, kx, c] · input[b, inY, inX, c]) + bias[o] with
 * inY = y · strideY + ky · dilationY − paddingTop and inX likewise: the sum from +0 in the weights' order, ky, then kx,
 * then c; the bias last. The input is 0 outside.
 *
 * @param input [batch, inHeight, inWidth, inChannels]
 * @param weights [outChannels, filterHeight, filterWidth, inChannels]
 * @param bias [outChannels], or undefined for none
 * @param output [batch, outHeight, outWidth, outChannels], overwritten
 * @param isRectified whether it is max(0, that), for a ReLU that follows
 */
export function convolutionForward(
  sizes: ConvolutionSizes,
  input: FloatArray,
  weights: FloatArray,
  bias: FloatArray | undefined,
  output: FloatArray,
  isRectified = false,
): void {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
  const positions = outHeight * outWidth;
  const inFeatures = sizes.filterHeight * sizes.filterWidth * inChannels;
  const product = { inFeatures, outFeatures: outChannels };
  if (isPointwise(sizes)) {
    affineForward({ ...product, batch: batch * positions }, input, weights, bias, output, isRectified);
    return;
  }
  const columns = takeScratch("columns", output, positions * inFeatures);
  for (let b = 0; b < batch; b++) {
    gatherColumns(sizes, input, b * inHeight * inWidth * inChannels, columns);
    const outputs = output.subarray(b * positions * outChannels, (b + 1) * positions * outChannels);
    affineForward({ ...product, batch: positions }, columns, weights, bias, outputs, isRectified);
  }
}

/**
 * weightGradient[o, ky, kx, c] += outputGradient[b, y, x, o] · input[b, inY, inX, c] for b, then y, then x: each product
 * is added to what is there.
 *
 * @param input [batch, inHeight, inWidth, inChannels]
 * @param outputGradient [batch, outHeight, outWidth, outChannels]
 * @param weightGradient [outChannels, filterHeight, filterWidth, inChannels], added to
 */
export function convolutionWeightGradient(
  sizes: ConvolutionSizes,
  input: FloatArray,
  outputGradient: FloatArray,
  weightGradient: FloatArray,
): void {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
  const positions = outHeight * outWidth;
  const inFeatures = sizes.filterHeight * sizes.filterWidth * inChannels;
  const product = { inFeatures, outFeatures: outChannels };
  if (isPointwise(sizes)) {
    affineWeightGradient({ ...product, batch: batch * positions }, input, outputGradient, weightGradient);
    return;
  }
  const columns = takeScratch("columns", weightGradient, positions * inFeatures);
  for (let b = 0; b < batch; b++) {
    gatherColumns(sizes, input, b * inHeight * inWidth * inChannels, columns);
    const gradients = outputGradient.subarray(b * positions * outChannels, (b + 1) * positions * outChannels);
    affineWeightGradient({ ...product, batch: positions }, columns, gradients, weightGradient);
  }
}

/**
 * inputGradient[b, inY, inX, c] = Σ_(ky, kx, o) outputGradient[b, y, x, o] · weights[o, ky, kx, c] over the output
 * positions (y, x) whose filter has its (ky, kx) on (inY, inX): from +0, ky first, then kx, then o.
 *
 * @param outputGradient [batch, outHeight, outWidth, outChannels]
 * @param weights [outChannels, filterHeight, filterWidth, inChannels]
 * @param inputGradient [batch, inHeight, inWidth, inChannels], overwritten
 */
export function convolutionInputGradient(
  sizes: ConvolutionSizes,
  outputGradient: FloatArray,
  weights: FloatArray,
  inputGradient: FloatArray,
): void {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
  const pixels = inHeight * inWidth;
  const taps = sizes.filterHeight * sizes.filterWidth;
  const product = { batch: pixels, inFeatures: taps * outChannels, outFeatures: inChannels };
  const columns = takeScratch("columns", inputGradient, pixels * product.inFeatures);
  const swapped = takeScratch("weights", inputGradient, weights.length);
  swapChannels(outChannels, taps, inChannels, weights, swapped);
  for (let b = 0; b < batch; b++) {
    gatherGradientColumns(sizes, outputGradient, b * outHeight * outWidth * outChannels, columns);
    const gradients = inputGradient.subarray(b * pixels * inChannels, (b + 1) * pixels * inChannels);
    affineForward(product, columns, swapped, undefined, gradients);
  }
}
