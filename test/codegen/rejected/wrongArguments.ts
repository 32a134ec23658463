import { clamp, type i32 } from "./int.js";

export interface WrongArguments {
  readonly size: i32;
  readonly weights: Int8Array;
  readonly table: Int32Array;
}

function first(array: Int8Array): i32 {
  return array[0];
}

export function wrongArguments(layer: WrongArguments, input: Int8Array, output: Int8Array): void {
  output[0] = clamp(input[0], 1);
  output[1] = clamp(input[0], 1, 2, 3);
  output[2] = clamp(input, 1, 2);
  output[3] = first(input[0]);
  output[4] = first(layer.table);
  output[5] = first(layer.weights);
  output[6] = first(layer.missing);
  output[7] = first(...input);
  output[8] = first();
}
