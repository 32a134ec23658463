import { type i32, max, min } from "pinfer/kernels";

interface MedianOfThree {
  readonly length: i32;
  readonly channels: i32;
}

/** The middle one of three numbers. */
function middle(a: i32, b: i32, c: i32): i32 {
  return max(min(a, b), min(max(a, b), c));
}

/**
 * output[t, c] = the median of input[t, c], input[t + 1, c] and input[t + 2, c]
 *
 *   input   int8 [length + 2, channels]
 *   output  int8 [length, channels]
 */
export function medianOfThree(layer: MedianOfThree, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.length * layer.channels; i++) {
    output[i] = middle(input[i], input[i + layer.channels], input[i + 2 * layer.channels]);
  }
}
