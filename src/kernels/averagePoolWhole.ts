import { clamp, type i32, roundingDivide, unroll } from "./int.js";

export interface AveragePoolWhole {
  /** Rows times columns. */
  readonly positions: i32;
  /** Largest multiple of 8 up to positions. */
  readonly unrolledPositions: i32;
  readonly channels: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link averagePool} with one window over the whole image, channel by channel: 2 instructions a value and an eighth of
 * a loop. As each channel is read before it is written, the output may lie in the input's memory.
 *
 *   input   int8 [positions, channels]
 *   output  int8 [channels], of the input's scale and zero point
 */
export function averagePoolWhole(layer: AveragePoolWhole, input: Int8Array, output: Int8Array): void {
  for (let c: i32 = 0; c < layer.channels; c++) {
    let sum: i32 = 0;
    let i: i32 = c;
    for (let p: i32 = 0; p < layer.unrolledPositions; p += 8) {
      unroll(8);
      for (let k: i32 = 0; k < 8; k++) {
        sum += input[i + k * layer.channels];
      }
      i += 8 * layer.channels;
    }
    unroll(8);
    for (let k: i32 = 0; k < layer.positions - layer.unrolledPositions; k++) {
      sum += input[i + k * layer.channels];
    }
    output[c] = clamp(roundingDivide(sum, layer.positions), layer.activationMin, layer.activationMax);
  }
}
