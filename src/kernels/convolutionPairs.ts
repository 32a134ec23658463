import { copyWindow } from "./copyWindow.js";
import { type i32, registers, rescaleBounded, rescaleRectified, shiftLeft, unroll } from "./int.js";

export interface ConvolutionPairs {
  readonly inHeight: i32;
  readonly inWidth: i32;
  readonly inChannels: i32;
  readonly outWidth: i32;
  /** Rows times columns of the output. */
  readonly positions: i32;
  readonly outChannels: i32;
  readonly kernelHeight: i32;
  readonly kernelWidth: i32;
  readonly strideY: i32;
  readonly strideX: i32;
  readonly dilationY: i32;
  readonly dilationX: i32;
  readonly paddingTop: i32;
  readonly paddingLeft: i32;
  /** 1 where every window is one run of `taps` bytes of the input, 0 where windows are copied to `windows`. */
  readonly isDirect: i32;
  /** 1 where a row of a window that lies inside is a run of the input: columns are not dilated. */
  readonly hasRuns: i32;
  readonly inputZeroPoint: i32;
  /** Weights of an output channel: kernelHeight · kernelWidth · inChannels = chunks · chunk + rest. */
  readonly taps: i32;
  readonly chunk: i32;
  readonly chunks: i32;
  /** Output channels a step. */
  readonly block: i32;
  /** Number of such steps; where there is a rest, the last one begins outChannels − block. */
  readonly blocks: i32;
  /** int8 [blocks, taps, block] */
  readonly weights: Int8Array;
  /** int32 [outChannels]: the layer's bias − input zero point · Σ weights of that channel. */
  readonly bias: Int32Array;
  /** int32 [outChannels]: input scale · weight scale / output scale = multiplier / 2^31 / 2^rightShift. */
  readonly multiplier: Int32Array;
  /** uint8 [outChannels] */
  readonly rightShift: Uint8Array;
  /** 1 where `rescaleRectified` is right: the clamp begins at the output's zero point or above, as after a ReLU. */
  readonly isRectified: i32;
  readonly outputZeroPoint: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/** All output channels of two positions. */
function computePair(
  firstWindow: Int8Array,
  secondWindow: Int8Array,
  chunks: i32,
  chunk: i32,
  taps: i32,
  size: i32,
  blocks: i32,
  outChannels: i32,
  weights: Int8Array,
  bias: Int32Array,
  multiplier: Int32Array,
  rightShift: Uint8Array,
  isRectified: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  firstOutput: Int8Array,
  secondOutput: Int8Array,
): void {
  for (let block: i32 = 0; block < blocks; block++) {
    const o: i32 = block * size < outChannels - size ? block * size : outChannels - size;
    const first: Int32Array = registers(size);
    const second: Int32Array = registers(size);
    // the input's zero point is in the bias
    for (let r: i32 = 0; r < size; r++) {
      first[r] = bias[o + r];
    }
    for (let r: i32 = 0; r < size; r++) {
      second[r] = first[r];
    }
    for (let c: i32 = 0; c < chunks; c++) {
      unroll(16);
      for (let k: i32 = 0; k < chunk; k++) {
        const i: i32 = c * chunk + k;
        const w: i32 = (block * taps + i) * size;
        const x: i32 = firstWindow[i];
        const y: i32 = secondWindow[i];
        for (let r: i32 = 0; r < size; r++) {
          first[r] += weights[w + r] * x;
          second[r] += weights[w + r] * y;
        }
      }
    }
    unroll(16);
    for (let i: i32 = chunks * chunk; i < taps; i++) {
      const w: i32 = (block * taps + i) * size;
      const x: i32 = firstWindow[i];
      const y: i32 = secondWindow[i];
      for (let r: i32 = 0; r < size; r++) {
        first[r] += weights[w + r] * x;
        second[r] += weights[w + r] * y;
      }
    }
    if (isRectified === 1) {
      // a negative distance from the lower end, in half steps: what is rescaled is at least 0
      const half: i32 = 2 * (zeroPoint - low) + 1;
      const shift: Int32Array = registers(size);
      const offset: Int32Array = registers(size);
      for (let r: i32 = 0; r < size; r++) {
        shift[r] = rightShift[o + r] - 1;
        offset[r] = shiftLeft(half, shift[r]) >> 1;
      }
      for (let r: i32 = 0; r < size; r++) {
        firstOutput[o + r] =
          low + rescaleRectified(first[r], multiplier[o + r], offset[r], shift[r], 0, high - low);
        secondOutput[o + r] =
          low + rescaleRectified(second[r], multiplier[o + r], offset[r], shift[r], 0, high - low);
      }
    } else {
      for (let r: i32 = 0; r < size; r++) {
        firstOutput[o + r] = rescaleBounded(
          first[r],
          multiplier[o + r],
          rightShift[o + r],
          zeroPoint,
          low,
          high,
        );
        secondOutput[o + r] = rescaleBounded(
          second[r],
          multiplier[o + r],
          rightShift[o + r],
          zeroPoint,
          low,
          high,
        );
      }
    }
  }
}

/**
 * {@link convolution} with two positions and a block of output channels a step: with four of them 6 loads and 8
 * multiply-accumulates for a tap. For factors that `rescaleBounded` takes.
 *
 *   input    int8 [inHeight, inWidth, inChannels]
 *   output   int8 [positions, outChannels]
 *   windows  int8 [2, taps], or nothing where windows lie in the input as they are
 *
 * An odd number of positions has its last one computed twice.
 */
export function convolutionPairs(
  layer: ConvolutionPairs,
  input: Int8Array,
  output: Int8Array,
  windows: Int8Array,
): void {
  let y: i32 = 0;
  let x: i32 = 0;
  for (let n: i32 = 0; n < layer.positions; n += 2) {
    const firstOutput: i32 = n * layer.outChannels;
    let secondOutput: i32 = firstOutput;
    const starts: Int32Array = registers(2);
    for (let p: i32 = 0; p < 2; p++) {
      const top: i32 = y * layer.strideY - layer.paddingTop;
      const left: i32 = x * layer.strideX - layer.paddingLeft;
      starts[p] = (top * layer.inWidth + left) * layer.inChannels;
      if (layer.isDirect === 0) {
        copyWindow(
          windows,
          p * layer.taps,
          input,
          top,
          left,
          layer.inHeight,
          layer.inWidth,
          layer.inChannels,
          layer.kernelHeight,
          layer.kernelWidth,
          layer.dilationY,
          layer.dilationX,
          layer.hasRuns,
          layer.inputZeroPoint,
        );
      }
      if (p === 1 || n + 1 < layer.positions) {
        if (p === 0) {
          secondOutput += layer.outChannels;
        }
        x++;
        if (x === layer.outWidth) {
          x = 0;
          y++;
        }
      }
    }
    if (layer.isDirect === 1) {
      computePair(
        input.subarray(starts[0]),
        input.subarray(starts[1]),
        layer.chunks,
        layer.chunk,
        layer.taps,
        layer.block,
        layer.blocks,
        layer.outChannels,
        layer.weights,
        layer.bias,
        layer.multiplier,
        layer.rightShift,
        layer.isRectified,
        layer.outputZeroPoint,
        layer.activationMin,
        layer.activationMax,
        output.subarray(firstOutput),
        output.subarray(secondOutput),
      );
    } else {
      computePair(
        windows,
        windows.subarray(layer.taps),
        layer.chunks,
        layer.chunk,
        layer.taps,
        layer.block,
        layer.blocks,
        layer.outChannels,
        layer.weights,
        layer.bias,
        layer.multiplier,
        layer.rightShift,
        layer.isRectified,
        layer.outputZeroPoint,
        layer.activationMin,
        layer.activationMax,
        output.subarray(firstOutput),
        output.subarray(secondOutput),
      );
    }
  }
}
