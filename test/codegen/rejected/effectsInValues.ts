import { type i32 } from "./int.js";

export interface EffectsInValues {
  readonly size: i32;
  readonly weights: Int8Array;
}

function take(array: Int8Array): i32 {
  array[0] += 1;
  return array[0];
}

function clear(array: Int8Array): void {
  array[0] = 0;
}

function takeThrough(array: Int8Array): i32 {
  clear(array);
  return array[0];
}

export function effectsInValues(layer: EffectsInValues, input: Int8Array, output: Int8Array): void {
  output[0] = take(output) - take(output) + takeThrough(output);
}
