import type { FloatArray } from "../../tensor.js";
import { isSingle, round } from "./arithmetic.js";

/*
 * Batch normalization over rows [rows, channels]: sums are double, whatever the element type, and run over the rows
 * from the first to the last.
 */

/**
 * mean[c] = 1/rows · Σ values[r, c], variance[c] = 1/rows · Σ (values[r, c] − mean[c])².
 *
 * @param mean [channels], overwritten
 * @param variance [channels], overwritten
 */
export function channelStatistics(
  rows: number,
  channels: number,
  values: FloatArray,
  mean: Float64Array,
  variance: Float64Array,
): void {
  mean.fill(0);
  variance.fill(0);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < channels; c++) mean[c] += values[r * channels + c];
  }
  for (let c = 0; c < channels; c++) mean[c] /= rows;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < channels; c++) {
      const difference = values[r * channels + c] - mean[c];
      variance[c] += difference * difference;
    }
  }
  for (let c = 0; c < channels; c++) variance[c] /= rows;
}

/**
 * output[r, c] = (input[r, c] − mean[c]) · factor[c] + offset[c], each operation rounded; mean, factor and offset are
 * of the element type.
 */
export function normalizeChannels(
  rows: number,
  channels: number,
  input: FloatArray,
  mean: FloatArray,
  factor: FloatArray,
  offset: FloatArray,
  output: FloatArray,
): void {
  const single = isSingle(output);
  for (let r = 0; r < rows; r++) {
    for (let c = 0, k = r * channels; c < channels; c++, k++) {
      output[k] = round(single, round(single, input[k] - mean[c]) * factor[c]) + offset[c];
    }
  }
}

/**
 * gradientSum[c] = Σ outputGradient[r, c], productSum[c] = Σ outputGradient[r, c] · (input[r, c] − mean[c]).
 *
 * @param gradientSum [channels], overwritten
 * @param productSum [channels], overwritten
 */
export function channelGradientSums(
  rows: number,
  channels: number,
  input: FloatArray,
  mean: FloatArray,
  outputGradient: FloatArray,
  gradientSum: Float64Array,
  productSum: Float64Array,
): void {
  gradientSum.fill(0);
  productSum.fill(0);
  for (let r = 0; r < rows; r++) {
    for (let c = 0, k = r * channels; c < channels; c++, k++) {
      gradientSum[c] += outputGradient[k];
      productSum[c] += outputGradient[k] * (input[k] - mean[c]);
    }
  }
}

/**
 * inputGradient[r, c] = (outputGradient[r, c] · factor[c] + (input[r, c] − mean[c]) · slope[c]) + offset[c], each operation
 * rounded; mean, factor, slope and offset are of the element type.
 */
export function normalizeChannelsBackward(
  rows: number,
  channels: number,
  input: FloatArray,
  mean: FloatArray,
  outputGradient: FloatArray,
  factor: FloatArray,
  slope: FloatArray,
  offset: FloatArray,
  inputGradient: FloatArray,
): void {
  const single = isSingle(inputGradient);
  for (let r = 0; r < rows; r++) {
    for (let c = 0, k = r * channels; c < channels; c++, k++) {
      const direct = round(single, outputGradient[k] * factor[c]);
      const throughStatistics = round(single, round(single, input[k] - mean[c]) * slope[c]);
      inputGradient[k] = round(single, direct + throughStatistics) + offset[c];
    }
  }
}
