import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round } from "./arithmetic.js";
import type { ConvolutionSizes } from "./convolution.js";

/*
 * Depthwise convolution: each input channel c has filters of its own, as many as the multiplier = outChannels /
 * inChannels; output channel o = c · multiplier + m belongs to input channel c.
 */

/**
 * output[b, y, x, o] = (Σ_(ky, kx) weights[ky, kx, o] · input[b, inY, inX, ⌊o / multiplier⌋]) + bias[o], positions as in
 * {@link convolutionForward}: the sum from +0, ky first, then kx; the bias last. The input is 0 outside.
 *
 * @param input [batch, inHeight, inWidth, inChannels]
 * @param weights [1, filterHeight, filterWidth, outChannels]
 * @param bias [outChannels], or undefined for none
 * @param output [batch, outHeight, outWidth, outChannels], overwritten
 */
export function depthwiseForward(
  sizes: ConvolutionSizes,
  input: FloatArray,
  weights: FloatArray,
  bias: FloatArray | undefined,
  output: FloatArray,
): void {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
  const { filterHeight, filterWidth, strideY, strideX, dilationY, dilationX, paddingTop, paddingLeft } =
    sizes;
  const single = isSingle(output);
  const multiplier = outChannels / inChannels;
  output.fill(0, 0, batch * outHeight * outWidth * outChannels);
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let ky = 0; ky < filterHeight; ky++) {
          const inY = y * strideY + ky * dilationY - paddingTop;
          if (inY < 0 || inY >= inHeight) continue;
          for (let kx = 0; kx < filterWidth; kx++) {
            const inX = x * strideX + kx * dilationX - paddingLeft;
            if (inX < 0 || inX >= inWidth) continue;
            const from = ((b * inHeight + inY) * inWidth + inX) * inChannels;
            const weight = (ky * filterWidth + kx) * outChannels;
            for (let c = 0, o = 0; c < inChannels; c++) {
              const value = input[from + c];
              for (const end = o + multiplier; o < end; o++) {
                output[to + o] += round(single, value * weights[weight + o]);
              }
            }
          }
        }
        if (bias !== undefined) {
          for (let o = 0; o < outChannels; o++) output[to + o] += bias[o];
        }
        to += outChannels;
      }
    }
  }
}

/**
 * weightGradient[ky, kx, o] += outputGradient[b, y, x, o] · input[b, inY, inX, ⌊o / multiplier⌋] for b, then y, then x:
 * each product is added to what is there.
 *
 * @param input [batch, inHeight, inWidth, inChannels]
 * @param outputGradient [batch, outHeight, outWidth, outChannels]
 * @param weightGradient [1, filterHeight, filterWidth, outChannels], added to
 */
export function depthwiseWeightGradient(
  sizes: ConvolutionSizes,
  input: FloatArray,
  outputGradient: FloatArray,
  weightGradient: FloatArray,
): void {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
  const { filterHeight, filterWidth, strideY, strideX, dilationY, dilationX, paddingTop, paddingLeft } =
    sizes;
  const single = isSingle(weightGradient);
  const multiplier = outChannels / inChannels;
  let gradient = 0;
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        for (let ky = 0; ky < filterHeight; ky++) {
          const inY = y * strideY + ky * dilationY - paddingTop;
          if (inY < 0 || inY >= inHeight) continue;
          for (let kx = 0; kx < filterWidth; kx++) {
            const inX = x * strideX + kx * dilationX - paddingLeft;
            if (inX < 0 || inX >= inWidth) continue;
            const from = ((b * inHeight + inY) * inWidth + inX) * inChannels;
            const to = (ky * filterWidth + kx) * outChannels;
            for (let c = 0, o = 0; c < inChannels; c++) {
              const value = input[from + c];
              for (const end = o + multiplier; o < end; o++) {
                weightGradient[to + o] += round(single, outputGradient[gradient + o] * value);
              }
            }
          }
        }
        gradient += outChannels;
      }
    }
  }
}

/**
 * inputGradient[b, inY, inX, c] = Σ_(ky, kx, m) outputGradient[b, y, x, o] · weights[ky, kx, o] with o = c · multiplier + m,
 * over the output positions whose filter has its (ky, kx) on (inY, inX): from +0, ky first, then kx, then m.
 *
 * @param outputGradient [batch, outHeight, outWidth, outChannels]
 * @param weights [1, filterHeight, filterWidth, outChannels]
 * @param inputGradient [batch, inHeight, inWidth, inChannels], overwritten
 */
export function depthwiseInputGradient(
  sizes: ConvolutionSizes,
  outputGradient: FloatArray,
  weights: FloatArray,
  inputGradient: FloatArray,
): void {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = sizes;
  const { filterHeight, filterWidth, strideY, strideX, dilationY, dilationX, paddingTop, paddingLeft } =
    sizes;
  const single = isSingle(inputGradient);
  const multiplier = outChannels / inChannels;
  inputGradient.fill(0, 0, batch * inHeight * inWidth * inChannels);
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let inY = 0; inY < inHeight; inY++) {
      for (let inX = 0; inX < inWidth; inX++) {
        for (let ky = 0; ky < filterHeight; ky++) {
          const y = (inY + paddingTop - ky * dilationY) / strideY;
          if (!Number.isInteger(y) || y < 0 || y >= outHeight) continue;
          for (let kx = 0; kx < filterWidth; kx++) {
            const x = (inX + paddingLeft - kx * dilationX) / strideX;
            if (!Number.isInteger(x) || x < 0 || x >= outWidth) continue;
            const from = ((b * outHeight + y) * outWidth + x) * outChannels;
            const weight = (ky * filterWidth + kx) * outChannels;
            for (let c = 0, o = 0; c < inChannels; c++) {
              for (const end = o + multiplier; o < end; o++) {
                inputGradient[to + c] += round(single, outputGradient[from + o] * weights[weight + o]);
              }
            }
          }
        }
        to += inChannels;
      }
    }
  }
}
