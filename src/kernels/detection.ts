import { type i32, max, shiftLeft } from "./int.js";

export interface Detection {
  readonly classes: i32;
  /** Rows of probabilities that are summed. */
  readonly window: i32;
  /** 0..255: what a probability + 128 must reach, and its sum over the window exceed. */
  readonly cutoff: i32;
  readonly largestSum: i32;
  /** Frames that wait after a detection. */
  readonly holdOff: i32;
  /** Frames of a run but for the last, which end before the new probabilities are there. */
  readonly earlierFrames: i32;
}

/**
 * Whether the probabilities of the latest runs are those of something heard; src/network/quantizedStateLayers.ts has what
 * the state's rows are.
 *
 *   input   int8 [classes]
 *   before  int8 [window + 4, classes], the same memory as the output: each value is read before another takes its place
 *   output  int8 [window + 4, classes]
 *
 * Source: ESPHome micro_wake_word, streaming_model.cpp.
 */
export function detection(layer: Detection, input: Int8Array, before: Int8Array, output: Int8Array): void {
  const low: i32 = 2 * layer.classes;
  const high: i32 = 3 * layer.classes;
  const first: i32 = 4 * layer.classes;
  const latest: i32 = first + (layer.window - 1) * layer.classes;
  let waiting: i32 = shiftLeft(before[high], 8) + (before[low] & 255);
  let earlier: i32 = 0;
  let newest: i32 = 0;
  for (let c: i32 = 0; c < layer.classes; c++) {
    earlier = max(earlier, before[latest + c] + 128);
    newest = max(newest, input[c] + 128);
  }
  if (earlier < layer.cutoff) {
    waiting += layer.earlierFrames;
  }
  if (newest < layer.cutoff) {
    waiting += 1;
  }
  if (waiting > 0) {
    waiting = 0;
  }
  let isHeard: i32 = 0;
  for (let c: i32 = 0; c < layer.classes; c++) {
    let sum: i32 = input[c] + 128;
    for (let row: i32 = 1; row < layer.window; row++) {
      const at: i32 = first + row * layer.classes + c;
      const probability: i32 = before[at];
      sum += probability + 128;
      output[at - layer.classes] = probability;
    }
    output[latest + c] = input[c];
    output[c] = input[c];
    const isOver: i32 = waiting === 0 && sum > layer.largestSum ? 1 : 0;
    isHeard |= isOver;
    output[layer.classes + c] = isOver === 1 ? 127 : -128;
  }
  if (isHeard === 1) {
    waiting = 0 - layer.holdOff;
    for (let i: i32 = first; i < latest + layer.classes; i++) {
      output[i] = -128;
    }
  }
  output[low] = ((waiting & 255) ^ 128) - 128;
  output[high] = waiting >> 8;
}
