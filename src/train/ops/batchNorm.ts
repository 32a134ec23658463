import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round } from "./arithmetic.js";

/*
 * Batch normalization over rows [rows, channels]. Sums are double, whatever the element type: blocks of 64 rows are summed
 * from their first row to their last, and the blocks' sums added in order, so that threads can share out the blocks.
 */

/** Rows that are summed by themselves. */
export const blockRows = 64;

/** What a channel is multiplied by and what is added then, of the element type: [channels] each. */
export interface ChannelScale {
  readonly factor: FloatArray;
  readonly offset: FloatArray;
}

/** Two sums for each channel over the blocks of rows; `add` adds rows [from, to) to a block's. */
function sumBlocks(
  rows: number,
  channels: number,
  [first, second]: readonly [Float64Array, Float64Array],
  add: (from: number, to: number, first: Float64Array, second: Float64Array) => void,
): void {
  const ofBlock = [new Float64Array(channels), new Float64Array(channels)] as const;
  first.fill(0);
  second.fill(0);
  for (let row = 0; row < rows; row += blockRows) {
    ofBlock[0].fill(0);
    ofBlock[1].fill(0);
    add(row, Math.min(rows, row + blockRows), ...ofBlock);
    for (let c = 0; c < channels; c++) {
      first[c] += ofBlock[0][c];
      second[c] += ofBlock[1][c];
    }
  }
}

/**
 * mean[c] = 1/rows · Σ values[r, c], variance[c] = 1/rows · Σ (values[r, c] − mean[c])², by sums of the differences from
 * the first row, d, in one pass: mean = values[0] + Σd / rows, variance = (Σd² − (Σd)² / rows) / rows.
 *
 * Doubles carry 29 bits more than float32: a variance keeps float32's precision while the first row is within 10⁴
 * standard deviations of the mean. Source: Chan, Golub and LeVeque 1983, The American Statistician 37(3), on shifted data.
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
  sumBlocks(rows, channels, [mean, variance], (from, to, sums, squares) => {
    for (let r = from; r < to; r++) {
      for (let c = 0, k = r * channels; c < channels; c++, k++) {
        const difference = values[k] - values[c];
        sums[c] += difference;
        squares[c] += difference * difference;
      }
    }
  });
  finishStatistics(rows, channels, values, mean, variance);
}

/** Makes means and variances of the sums of differences from the first row, and of their squares. */
export function finishStatistics(
  rows: number,
  channels: number,
  values: FloatArray,
  mean: Float64Array,
  variance: Float64Array,
): void {
  for (let c = 0; c < channels; c++) {
    const shift = mean[c] / rows;
    variance[c] = Math.max(0, (variance[c] - mean[c] * shift) / rows);
    mean[c] = values[c] + shift;
  }
}

/**
 * output[r, c] = (input[r, c] − mean[c]) · factor[c] + offset[c], each operation rounded; mean, factor and offset are
 * of the element type.
 *
 * @param isRectified whether it is max(0, that), for a ReLU that follows
 */
export function normalizeChannels(
  rows: number,
  channels: number,
  input: FloatArray,
  mean: FloatArray,
  { factor, offset }: ChannelScale,
  output: FloatArray,
  isRectified = false,
): void {
  const single = isSingle(output);
  const least = isRectified ? 0 : Number.NEGATIVE_INFINITY;
  for (let r = 0; r < rows; r++) {
    for (let c = 0, k = r * channels; c < channels; c++, k++) {
      const scaled = round(single, round(single, input[k] - mean[c]) * factor[c]);
      output[k] = Math.max(least, round(single, scaled + offset[c]));
    }
  }
}

/**
 * gradientSum[c] = Σ outputGradient[r, c], productSum[c] = Σ outputGradient[r, c] · (input[r, c] − mean[c]).
 *
 * @param gradientSum [channels], overwritten
 * @param productSum [channels], overwritten
 * @param rectified the forward pass's, where a ReLU follows: rows where it gave 0 do not count
 */
export function channelGradientSums(
  rows: number,
  channels: number,
  input: FloatArray,
  mean: FloatArray,
  outputGradient: FloatArray,
  gradientSum: Float64Array,
  productSum: Float64Array,
  rectified?: ChannelScale,
): void {
  sumBlocks(rows, channels, [gradientSum, productSum], (from, to, sums, products) => {
    for (let r = from; r < to; r++) {
      for (let c = 0, k = r * channels; c < channels; c++, k++) {
        if (rectified !== undefined && !isAboveZero(input, k, mean, c, rectified)) continue;
        sums[c] += outputGradient[k];
        products[c] += outputGradient[k] * (input[k] - mean[c]);
      }
    }
  });
}

/** Whether the ReLU after {@link normalizeChannels} let a value through. */
function isAboveZero(
  input: FloatArray,
  k: number,
  mean: FloatArray,
  c: number,
  { factor, offset }: ChannelScale,
): boolean {
  const single = isSingle(input);
  const scaled = round(single, round(single, input[k] - mean[c]) * factor[c]);
  return round(single, scaled + offset[c]) > 0;
}

/**
 * inputGradient[r, c] = (outputGradient[r, c] · factor[c] + (input[r, c] − mean[c]) · slope[c]) + offset[c], each operation
 * rounded; mean, factor, slope and offset are of the element type.
 *
 * @param rectified the forward pass's, where a ReLU follows: outputGradient counts as 0 where it gave 0
 */
export function normalizeChannelsBackward(
  rows: number,
  channels: number,
  input: FloatArray,
  mean: FloatArray,
  outputGradient: FloatArray,
  { factor, offset }: ChannelScale,
  slope: FloatArray,
  inputGradient: FloatArray,
  rectified?: ChannelScale,
): void {
  const single = isSingle(inputGradient);
  for (let r = 0; r < rows; r++) {
    for (let c = 0, k = r * channels; c < channels; c++, k++) {
      const isKept = rectified === undefined || isAboveZero(input, k, mean, c, rectified);
      const direct = isKept ? round(single, outputGradient[k] * factor[c]) : 0 * factor[c];
      const throughStatistics = round(single, round(single, input[k] - mean[c]) * slope[c]);
      inputGradient[k] = round(single, direct + throughStatistics) + offset[c];
    }
  }
}
