import { type i32, unroll } from "./int.js";

export interface UnrolledLoop {
  readonly size: i32;
}

/** The pragma stands behind the loop's comment and before the loop. */
export function unrolledLoop(layer: UnrolledLoop, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i += 4) {
    unroll(4);
    // four at a time
    for (let k: i32 = 0; k < 4; k++) {
      output[i + k] = input[i + k] - 1;
    }
  }
}
