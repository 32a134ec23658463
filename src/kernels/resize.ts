import { type i32, roundingDivide } from "./int.js";

export interface Resize {
  readonly outHeight: i32;
  readonly outWidth: i32;
  readonly channels: i32;
  /** int32 [outHeight]: where the two rows lie between which a row of the output does. */
  readonly rowLow: Int32Array;
  readonly rowHigh: Int32Array;
  /** int16 [outHeight]: how far from the first to the second, in 2^−10; −2^9..2^10 + 2^9. */
  readonly rowFraction: Int16Array;
  /** The same for columns, [outWidth]. */
  readonly columnLow: Int32Array;
  readonly columnHigh: Int32Array;
  readonly columnFraction: Int16Array;
}

/**
 * An image of another size: each value lies between four of the input.
 *
 *   input   int8 [height, width, channels]
 *   output  int8 [outHeight, outWidth, channels]
 *
 * The sums stay below 2^30: where a fraction lies outside of 0..2^10, both rows (or columns) are the same one.
 *
 * Source: TFLM reference_ops::ResizeBilinearInteger.
 */
export function resize(layer: Resize, input: Int8Array, output: Int8Array): void {
  for (let y: i32 = 0; y < layer.outHeight; y++) {
    const down: i32 = layer.rowFraction[y];
    for (let x: i32 = 0; x < layer.outWidth; x++) {
      const across: i32 = layer.columnFraction[x];
      for (let c: i32 = 0; c < layer.channels; c++) {
        const low: i32 = layer.rowLow[y] + c;
        const high: i32 = layer.rowHigh[y] + c;
        const left: i32 =
          input[low + layer.columnLow[x]] * (1024 - down) + input[high + layer.columnLow[x]] * down;
        const right: i32 =
          input[low + layer.columnHigh[x]] * (1024 - down) + input[high + layer.columnHigh[x]] * down;
        output[(y * layer.outWidth + x) * layer.channels + c] = roundingDivide(
          left * (1024 - across) + right * across,
          1048576,
        );
      }
    }
  }
}
