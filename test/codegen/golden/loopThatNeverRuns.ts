import { type i32, unroll } from "./int.js";

export interface LoopThatNeverRuns {
  readonly size: i32;
  readonly blocked: i32;
}

/** The first loop has nothing to do where blocked is 0, and the sum is not needed then either. */
export function loopThatNeverRuns(layer: LoopThatNeverRuns, input: Int8Array, output: Int8Array): void {
  let sum: i32 = 0;
  unroll(4);
  for (let i: i32 = 0; i < layer.blocked; i += 4) {
    sum += input[i];
    output[i] = sum >> 3;
  }
  for (let i: i32 = layer.blocked; i < layer.size; i++) {
    output[i] = input[i];
  }
}
