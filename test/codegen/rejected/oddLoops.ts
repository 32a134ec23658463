import { type i32 } from "./int.js";

export interface OddLoops {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function oddLoops(layer: OddLoops, input: Int8Array, output: Int8Array): void {
  let j: i32 = 0;
  let end: i32 = layer.size;
  for (let i: i32 = 10; i > 0; i--) {
    output[i] = 1;
  }
  for (let i: i32 = 0; i !== 10; i++) {
    output[i] = 1;
  }
  for (let i: i32 = 0; 10 > i; i++) {
    output[i] = 1;
  }
  for (let i: i32 = 0; i < 10; i += end) {
    output[i] = 1;
  }
  for (let i: i32 = 0; i < 10; i += 1.5) {
    output[i] = 1;
  }
  for (let i: i32 = 0; i < 10; i += 0) {
    output[i] = 1;
  }
  for (let i: i32 = 0; i < 10; j++) {
    output[i] = 1;
  }
  for (let i: i32 = 0, k: i32 = 0; i < 10; i++) {
    output[i] = 1;
  }
  for (var i: i32 = 0; i < 10; i++) {
    output[i] = 1;
  }
  for (j = 0; j < 10; j++) {
    output[j] = 1;
  }
  for (;;) {
    output[0] = 1;
  }
}
