import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round } from "./arithmetic.js";

/** Sizes of pooling over images [height, width, channels]; padding is what lies before. Padding is never in a window. */
export interface PoolingSizes {
  readonly batch: number;
  readonly channels: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly paddingTop: number;
  readonly paddingLeft: number;
}

/** Calls back for each output position, with the rows and columns [from, to) of the input under its window. */
function forEachWindow(
  sizes: PoolingSizes,
  visit: (output: number, image: number, fromY: number, toY: number, fromX: number, toX: number) => void,
): void {
  const { batch, channels, inHeight, inWidth, outHeight, outWidth, windowHeight, windowWidth } = sizes;
  const { strideY, strideX, paddingTop, paddingLeft } = sizes;
  let output = 0;
  for (let b = 0; b < batch; b++) {
    const image = b * inHeight * inWidth * channels;
    for (let y = 0; y < outHeight; y++) {
      const top = y * strideY - paddingTop;
      for (let x = 0; x < outWidth; x++) {
        const left = x * strideX - paddingLeft;
        const [fromY, toY] = [Math.max(0, top), Math.min(inHeight, top + windowHeight)];
        const [fromX, toX] = [Math.max(0, left), Math.min(inWidth, left + windowWidth)];
        visit(output, image, fromY, toY, fromX, toX);
        output += channels;
      }
    }
  }
}

/**
 * output[b, y, x, c] = the largest input[b, inY, inX, c] under the window.
 *
 * @param input [batch, inHeight, inWidth, channels]
 * @param output [batch, outHeight, outWidth, channels], overwritten
 */
export function maxPoolForward(sizes: PoolingSizes, input: FloatArray, output: FloatArray): void {
  const { channels, inWidth } = sizes;
  forEachWindow(sizes, (to, image, fromY, toY, fromX, toX) => {
    for (let c = 0; c < channels; c++) output[to + c] = Number.NEGATIVE_INFINITY;
    for (let inY = fromY; inY < toY; inY++) {
      for (let inX = fromX; inX < toX; inX++) {
        const from = image + (inY * inWidth + inX) * channels;
        for (let c = 0; c < channels; c++) {
          if (!(input[from + c] <= output[to + c])) output[to + c] = input[from + c];
        }
      }
    }
  });
}

/**
 * inputGradient = 0, then each output's gradient is added to the first input of its window (row by row) that equals the
 * output; outputs in order b, y, x.
 *
 * @param output as {@link maxPoolForward} left it
 * @param inputGradient [batch, inHeight, inWidth, channels], overwritten
 * @param isRectified whether the input is a ReLU's output and the gradient is to be that ReLU's: outputs that are not
 * above 0 give none
 */
export function maxPoolBackward(
  sizes: PoolingSizes,
  input: FloatArray,
  output: FloatArray,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
  isRectified = false,
): void {
  const { channels, inWidth } = sizes;
  inputGradient.fill(0);
  forEachWindow(sizes, (start, image, fromY, toY, fromX, toX) => {
    for (let c = 0; c < channels; c++) {
      const largest = output[start + c];
      if (isRectified && !(largest > 0)) continue;
      search: for (let inY = fromY; inY < toY; inY++) {
        for (let inX = fromX; inX < toX; inX++) {
          const at = image + (inY * inWidth + inX) * channels + c;
          if (input[at] === largest) {
            inputGradient[at] += outputGradient[start + c];
            break search;
          }
        }
      }
    }
  });
}

/**
 * output[b, y, x, c] = the mean of input[b, inY, inX, c] under the window, padding not counted: the sum from +0 row by
 * row, then one division.
 *
 * @param input [batch, inHeight, inWidth, channels]
 * @param output [batch, outHeight, outWidth, channels], overwritten
 */
export function averagePoolForward(sizes: PoolingSizes, input: FloatArray, output: FloatArray): void {
  const { channels, inWidth } = sizes;
  forEachWindow(sizes, (to, image, fromY, toY, fromX, toX) => {
    for (let c = 0; c < channels; c++) output[to + c] = 0;
    for (let inY = fromY; inY < toY; inY++) {
      for (let inX = fromX; inX < toX; inX++) {
        const from = image + (inY * inWidth + inX) * channels;
        for (let c = 0; c < channels; c++) output[to + c] += input[from + c];
      }
    }
    const count = (toY - fromY) * (toX - fromX);
    for (let c = 0; c < channels; c++) output[to + c] /= count;
  });
}

/**
 * inputGradient = 0, then each output's gradient, divided by its window's count, is added to every input under the
 * window; outputs in order b, y, x.
 *
 * @param inputGradient [batch, inHeight, inWidth, channels], overwritten
 */
export function averagePoolBackward(
  sizes: PoolingSizes,
  outputGradient: FloatArray,
  inputGradient: FloatArray,
): void {
  const { channels, inWidth } = sizes;
  const single = isSingle(inputGradient);
  inputGradient.fill(0);
  forEachWindow(sizes, (start, image, fromY, toY, fromX, toX) => {
    const count = (toY - fromY) * (toX - fromX);
    for (let inY = fromY; inY < toY; inY++) {
      for (let inX = fromX; inX < toX; inX++) {
        const to = image + (inY * inWidth + inX) * channels;
        for (let c = 0; c < channels; c++) {
          inputGradient[to + c] += round(single, outputGradient[start + c] / count);
        }
      }
    }
  });
}
