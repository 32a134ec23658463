import { copyFour, type i32 } from "./int.js";

/** Copies a window to windows[at..]; what lies outside the input becomes its zero point. */
export function copyWindow(
  windows: Int8Array,
  at: i32,
  input: Int8Array,
  top: i32,
  left: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationY: i32,
  dilationX: i32,
  hasRuns: i32,
  zeroPoint: i32,
): void {
  let to: i32 = at;
  if (
    hasRuns === 1 &&
    top >= 0 &&
    left >= 0 &&
    top + (kernelHeight - 1) * dilationY < height &&
    left + kernelWidth <= width
  ) {
    for (let ky: i32 = 0; ky < kernelHeight; ky++) {
      const from: i32 = ((top + ky * dilationY) * width + left) * channels;
      const run: i32 = kernelWidth * channels;
      for (let k: i32 = 0; k < run >> 2; k++) {
        copyFour(windows, to + k * 4, input, from + k * 4);
      }
      for (let k: i32 = (run >> 2) * 4; k < run; k++) {
        windows[to + k] = input[from + k];
      }
      to += run;
    }
  } else {
    for (let ky: i32 = 0; ky < kernelHeight; ky++) {
      const y: i32 = top + ky * dilationY;
      for (let kx: i32 = 0; kx < kernelWidth; kx++) {
        const x: i32 = left + kx * dilationX;
        if (y >= 0 && y < height && x >= 0 && x < width) {
          for (let c: i32 = 0; c < channels; c++) {
            windows[to + c] = input[(y * width + x) * channels + c];
          }
        } else {
          for (let c: i32 = 0; c < channels; c++) {
            windows[to + c] = zeroPoint;
          }
        }
        to += channels;
      }
    }
  }
}
