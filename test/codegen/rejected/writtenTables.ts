import { type i32 } from "./int.js";

export interface WrittenTables {
  readonly size: i32;
  readonly weights: Int8Array;
}

function fill(array: Int8Array): void {
  array[0] = 1;
}

function fillThrough(array: Int8Array): void {
  fill(array);
}

export function writtenTables(layer: WrittenTables, input: Int8Array, output: Int8Array): void {
  layer.weights[0] = 1;
  layer.weights[1] += 1;
  layer.weights[2]++;
  fill(layer.weights);
  fillThrough(layer.weights);
  fill(output);
}
