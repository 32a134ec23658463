import type { i32 } from "./int.js";

/** output[r · outputWidth + start + i] = input[r · width + i] */
export function copyRows(
  rows: i32,
  width: i32,
  outputWidth: i32,
  start: i32,
  input: Int8Array,
  output: Int8Array,
): void {
  for (let r: i32 = 0; r < rows; r++) {
    for (let i: i32 = 0; i < width; i++) {
      output[r * outputWidth + start + i] = input[r * width + i];
    }
  }
}
